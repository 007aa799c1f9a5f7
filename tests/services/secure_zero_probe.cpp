// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "secure_zero_probe.hpp"

#include <cstring>

#include <nebula/services/secure_zero.hpp>

namespace nebula::services::test {
namespace {

void fill(unsigned char (&secret)[secret_bytes]) {
  for (unsigned index = 0; index < secret_bytes; ++index) {
    secret[index] = static_cast<unsigned char>(0xC3U ^ index);
  }
  use_secret(secret);
}

} // namespace

void leave_secret() {
  unsigned char secret[secret_bytes];
  fill(secret);
}

void overwrite_secret() {
  unsigned char secret[secret_bytes];
  fill(secret);
  std::memset(secret, 0, sizeof secret);
}

void wipe_secret() {
  unsigned char secret[secret_bytes];
  fill(secret);
  secure_zero(secret, sizeof secret);
}

} // namespace nebula::services::test
