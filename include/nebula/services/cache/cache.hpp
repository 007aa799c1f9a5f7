// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// cache, whole: its declaration, and its longer members.
#include <nebula/services/cache/basic_cache.hpp> // IWYU pragma: export
#include <nebula/services/cache/cache_calls.hpp> // IWYU pragma: export
