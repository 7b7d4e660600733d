#include "cli/run.hpp"

int main(int argc, char** argv) { return asr_stream::cli::run(argc, argv); }
