// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <nebula/services/basic_object_pool.hpp>
#include <nebula/services/object_pool_acquire.hpp>
#include <nebula/services/object_pool_release.hpp>

namespace nebula::services {

/// The pool of a program, by the threads and the clock of its machine. Contracts: basic_object_pool.
template <class T>
using object_pool = basic_object_pool<T>;
template <class T>
using object_pool_config = basic_object_pool_config<T>;
template <class T>
using object_pool_plan = basic_object_pool_plan<T>;
template <class T>
using pooled = basic_pooled<T>;

} // namespace nebula::services
