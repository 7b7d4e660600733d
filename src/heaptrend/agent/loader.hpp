#pragma once

#include <link.h>

#include <cstddef>

/// The dynamic loader's list of modules, and fork().
namespace heaptrend::agent {

using EachModule = int (*)(dl_phdr_info*, std::size_t, void*);

/// dl_iterate_phdr(3). It holds a lock of the loader meanwhile, which glibc does not mend in a forked child: a child
/// that is forked just then could never load a module again. So fork() waits until this is done, for a second at most.
void each_module(EachModule visit, void* data) noexcept;

/// The handlers for pthread_atfork(3).
void before_fork() noexcept;
void after_fork_in_parent() noexcept;
void after_fork_in_child() noexcept;

}  // namespace heaptrend::agent
