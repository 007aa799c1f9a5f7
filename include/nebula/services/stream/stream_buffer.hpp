// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/stream/basic_stream_buffer.hpp>

namespace nebula::services {

/// The ring of a program, over its machine's atomics. Contracts: basic_stream_buffer.
using stream_buffer = basic_stream_buffer<std_atomics>;
/// The same for one thread that both writes and reads: without atomic operations.
using local_stream_buffer = basic_stream_buffer<plain_atomics>;

} // namespace nebula::services
