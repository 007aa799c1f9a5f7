// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// The kernel, whole.

#include <nebula/kernel/advice.hpp>
#include <nebula/kernel/arena.hpp>
#include <nebula/kernel/budget.hpp>
#include <nebula/kernel/budgeted.hpp>
#include <nebula/kernel/builder.hpp>
#include <nebula/kernel/bump_allocator.hpp>
#include <nebula/kernel/chunk_source.hpp>
#include <nebula/kernel/configuration_range.hpp>
#include <nebula/kernel/critical_section.hpp>
#include <nebula/kernel/describe.hpp>
#include <nebula/kernel/fallback.hpp>
#include <nebula/kernel/frame.hpp>
#include <nebula/kernel/local_pool_allocator.hpp>
#include <nebula/kernel/observed.hpp>
#include <nebula/kernel/pool_allocator.hpp>
#include <nebula/kernel/pool_cache.hpp>
#include <nebula/kernel/reservation.hpp>
#include <nebula/kernel/scope.hpp>
#include <nebula/kernel/segregated_allocator.hpp>
#include <nebula/kernel/shared_bump_allocator.hpp>
#include <nebula/kernel/stack_allocator.hpp>
