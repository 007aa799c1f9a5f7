// SPDX-License-Identifier: Apache-2.0 OR MIT
// What `nebula record` tells the recorder in the recorded program's environment.
#pragma once

namespace nebula::record {

/// Absolute path of the trace files, less the ending: PREFIX.ntrace, PREFIX.<pid>.ntrace. Without it nothing is
/// recorded.
inline constexpr char file_prefix_variable[] = "NEBULA_RECORD_FILE";
/// Process id of the program itself, when its children are not to be recorded; else absent.
inline constexpr char only_process_variable[] = "NEBULA_RECORD_ONLY_PROCESS";
inline constexpr char trace_suffix[] = ".ntrace";
inline constexpr char recorder_library_name[] = "libnebula_recorder.so";

} // namespace nebula::record
