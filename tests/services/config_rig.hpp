// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <ostream>
#include <string>

#include <nebula/services/config_failure.hpp>
#include "../unit/gtest.hpp"

namespace nebula::services {

inline std::ostream& operator<<(std::ostream& out, const config_failure& failure) {
  char text[512];
  describe(failure, text, sizeof text);
  return out << text;
}

namespace test {

inline std::string text_of(const config_failure& failure) {
  char text[512];
  EXPECT_LT(describe(failure, text, sizeof text), sizeof text);
  return text;
}

} // namespace test
} // namespace nebula::services
