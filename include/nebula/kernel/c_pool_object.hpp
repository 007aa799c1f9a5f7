// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/c/pool.h>
#include <nebula/kernel/c_object.hpp>
#include <nebula/kernel/pool_allocator.hpp>

/// The shared pool's object, which the C functions of caches and of chunk sources look into, too.
struct nebula_pool : nebula::c_api::object<nebula::pool_allocator, nebula::component::pool_allocator,
                                           NEBULA_POOL_OBJECT_BYTES, NEBULA_POOL_OBJECT_ALIGN> {};
