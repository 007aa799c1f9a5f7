// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// Subjects: an allocator over guarded storage, beside its model. Each is made of a few numbers, so that every driver
/// can vary them.
#include <nebula/verify/arena_subject.hpp>
#include <nebula/verify/budget_subject.hpp>
#include <nebula/verify/budgeted_subject.hpp>
#include <nebula/verify/bump_subject.hpp>
#include <nebula/verify/c_subject.hpp>
#include <nebula/verify/fallback_subject.hpp>
#include <nebula/verify/observed_subject.hpp>
#include <nebula/verify/pool_cache_subject.hpp>
#include <nebula/verify/pool_subject.hpp>
#include <nebula/verify/segregated_subject.hpp>
#include <nebula/verify/shared_bump_subject.hpp>
#include <nebula/verify/stack_subject.hpp>
