// SPDX-License-Identifier: Apache-2.0 OR MIT
// Caches of each policy beside a map: random programs of all calls, with time, weights and sizes. [SR-CACHE-102]
// [SR-CACHE-106] [SR-CACHE-108] [SR-CACHE-109]
#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <rapidcheck/gtest.h>

#include <nebula/services/cache/arc_policy.hpp>
#include <nebula/services/cache/fifo_policy.hpp>
#include <nebula/services/cache/lfu_policy.hpp>
#include <nebula/services/cache/random_policy.hpp>
#include <nebula/services/cache/s3_fifo_policy.hpp>
#include <nebula/services/cache/w_tiny_lfu_policy.hpp>

#include "cache_oracle.hpp"

namespace rc {

template <>
struct Arbitrary<nebula::services::test::cache_step> {
  static Gen<nebula::services::test::cache_step> arbitrary() {
    using nebula::services::test::cache_action;
    using nebula::services::test::cache_step;
    const auto what = gen::weightedElement<cache_action>({{9, cache_action::put},
                                                          {8, cache_action::get},
                                                          {3, cache_action::wait},
                                                          {2, cache_action::remove},
                                                          {2, cache_action::peek},
                                                          {2, cache_action::at},
                                                          {1, cache_action::resize},
                                                          {1, cache_action::set_weight_max},
                                                          {1, cache_action::expire},
                                                          {1, cache_action::clear}});
    return gen::build<cache_step>(
        gen::set(&cache_step::what, what), gen::set(&cache_step::key, gen::inRange(0U, 16U)),
        gen::set(&cache_step::weight, gen::inRange(0U, 9U)),
        gen::set(&cache_step::time, gen::weightedOneOf<unsigned>({{2, gen::just(0U)}, {3, gen::inRange(1U, 40U)}})));
  }
};

template <>
struct Arbitrary<nebula::services::test::cache_shape> {
  static Gen<nebula::services::test::cache_shape> arbitrary() {
    using nebula::services::test::cache_shape;
    const auto time = gen::weightedOneOf<unsigned>({{1, gen::just(0U)}, {1, gen::inRange(1U, 60U)}});
    return gen::build<cache_shape>(
        gen::set(&cache_shape::entry_count, gen::inRange(1U, 13U)),
        gen::set(&cache_shape::weight_max,
                 gen::weightedOneOf<unsigned>({{1, gen::just(0U)}, {1, gen::inRange(1U, 40U)}})),
        gen::set(&cache_shape::time_to_live, time), gen::set(&cache_shape::idle_time, time));
  }
};

} // namespace rc

namespace nebula::services::test {

static std::ostream& operator<<(std::ostream& out, const cache_step& step) {
  constexpr const char* names[] = {"get",   "put",    "remove", "peek", "at", "resize", "set_weight_max",
                                   "clear", "expire", "wait"};
  return out << names[static_cast<std::size_t>(step.what)] << " key " << step.key << " weight " << step.weight
             << " time " << step.time;
}
static std::ostream& operator<<(std::ostream& out, const cache_shape& shape) {
  return out << shape.entry_count << " entries, weight_max " << shape.weight_max << ", time_to_live "
             << shape.time_to_live << ", idle_time " << shape.idle_time;
}

template <class Policy, cache_order Order>
void behaves_as_its_model() {
  const auto shape = *rc::gen::arbitrary<cache_shape>();
  const auto steps = *rc::gen::arbitrary<std::vector<cache_step>>();
  const std::string wrong = cache_program<Policy, Order>(shape).run(steps);
  RC_LOG(wrong);
  RC_ASSERT(wrong.empty());
}

RC_GTEST_PROP(cache_property, lru_behaves_as_its_model, ()) { behaves_as_its_model<lru_policy, cache_order::by_use>(); }
RC_GTEST_PROP(cache_property, fifo_behaves_as_its_model, ()) {
  behaves_as_its_model<fifo_policy, cache_order::by_age>();
}
RC_GTEST_PROP(cache_property, lfu_behaves_as_its_model, ()) {
  behaves_as_its_model<lfu_policy, cache_order::of_its_own>();
}
RC_GTEST_PROP(cache_property, random_behaves_as_its_model, ()) {
  behaves_as_its_model<random_policy, cache_order::of_its_own>();
}
RC_GTEST_PROP(cache_property, arc_behaves_as_its_model, ()) {
  behaves_as_its_model<arc_policy, cache_order::of_its_own>();
}
RC_GTEST_PROP(cache_property, s3_fifo_behaves_as_its_model, ()) {
  behaves_as_its_model<s3_fifo_policy, cache_order::of_its_own>();
}
RC_GTEST_PROP(cache_property, w_tiny_lfu_behaves_as_its_model, ()) {
  behaves_as_its_model<w_tiny_lfu_policy, cache_order::of_its_own>();
}

} // namespace nebula::services::test
