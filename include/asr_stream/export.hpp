#pragma once

/// Marks what the shared library offers; everything else in it is hidden.
#define ASR_STREAM_API __attribute__((visibility("default")))
