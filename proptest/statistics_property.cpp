// SPDX-License-Identifier: Apache-2.0 OR MIT
// Statistics: exporters of any names, read back; the histogram beside sorting. [SR-STAT-005] [SR-STAT-010]
#include <gtest/gtest.h>

#include <rapidcheck.h>

#include <rapidcheck/gtest.h>

#include "exporter_oracle.hpp"
#include "histogram_oracle.hpp"

namespace rc {

/// Bytes that exporters trip over, among others.
static Gen<std::string> hostile_text(std::size_t least) {
  const auto piece = gen::weightedOneOf<std::string>(
      {{6, gen::element<std::string>(",", "\"", "\\", "\n", "\r", "\r\n", "{", "}", "=", " ", "#", "\t", "'")},
       {3, gen::element<std::string>("\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf0\x9f\x92\xa9", "\xc3\xa9")},
       {1, gen::just(std::string(1, '\0'))},
       {4, gen::container<std::string>(gen::arbitrary<char>())}});
  const auto joined =
      gen::map(gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
        std::string text;
        for (const std::string& each : pieces) {
          text += each;
        }
        return text.substr(0, nebula::services::metric_description::text_bytes_max);
      });
  return gen::suchThat(joined, [least](const std::string& text) { return text.size() >= least; });
}

template <>
struct Arbitrary<nebula::services::test::text_source> {
  static Gen<nebula::services::test::text_source> arbitrary() {
    using nebula::services::test::text_source;
    return gen::build<text_source>(
        gen::set(&text_source::name, hostile_text(1)), gen::set(&text_source::kind, hostile_text(0)),
        gen::set(&text_source::label_value, hostile_text(0)), gen::set(&text_source::help, hostile_text(0)),
        gen::set(&text_source::value, gen::arbitrary<std::uint64_t>()));
  }
};

template <>
struct Arbitrary<nebula::services::histogram_layout> {
  static Gen<nebula::services::histogram_layout> arbitrary() {
    using nebula::services::histogram_layout;
    return gen::build<histogram_layout>(gen::set(&histogram_layout::precision_bits, gen::inRange(0U, 12U)),
                                        gen::set(&histogram_layout::value_bits, gen::inRange(0U, 67U)));
  }
};

} // namespace rc

namespace nebula::services {

static std::ostream& operator<<(std::ostream& out, const histogram_layout& layout) {
  return out << layout.precision_bits << " of " << layout.value_bits << " bits";
}

namespace test {

static std::ostream& operator<<(std::ostream& out, const text_source& source) {
  return out << "name " << nlohmann::json(valid_utf8(source.name)) << ", kind "
             << nlohmann::json(valid_utf8(source.kind)) << ", label " << nlohmann::json(valid_utf8(source.label_value))
             << ", help " << nlohmann::json(valid_utf8(source.help)) << ", value " << source.value;
}

RC_GTEST_PROP(exporters, give_any_names_back_to_a_reader, ()) {
  const auto sources = *rc::gen::resize(12, rc::gen::arbitrary<std::vector<text_source>>());
  const std::string wrong = wrong_with_exporters(sources);
  RC_LOG(wrong);
  RC_ASSERT(wrong.empty());
}

RC_GTEST_PROP(histogram, keeps_its_bounds_beside_sorting, ()) {
  const auto layout = *rc::gen::arbitrary<histogram_layout>();
  // As many of each magnitude, and what lies at the edges.
  const auto value = rc::gen::apply(
      [](std::uint64_t bits, unsigned width, unsigned edge) {
        const std::uint64_t power = width == 64 ? 0 : std::uint64_t{1} << width;
        return edge == 0 ? power : edge == 1 ? power - 1 : edge == 2 ? power + 1 : bits & (power - 1);
      },
      rc::gen::arbitrary<std::uint64_t>(), rc::gen::inRange(0U, 65U), rc::gen::inRange(0U, 8U));
  const auto values = *rc::gen::container<std::vector<std::uint64_t>>(value);
  const auto percents = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0U, 100'001U));
  const std::string wrong = wrong_with_histogram(layout, values, percents);
  RC_LOG(wrong);
  RC_ASSERT(wrong.empty());
}

} // namespace test
} // namespace nebula::services
