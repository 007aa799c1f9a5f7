// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// The kernel and the construct layer, whole.

#include <nebula/construct/array_view.hpp>
#include <nebula/construct/make.hpp>
#include <nebula/construct/memory_resource.hpp>
#include <nebula/construct/pooled.hpp>
#include <nebula/construct/std_allocator.hpp>
#include <nebula/construct/typed_arena.hpp>
#include <nebula/construct/unique_handle.hpp>
#include <nebula/kernel.hpp>
