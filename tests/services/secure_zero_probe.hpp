// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// Functions of a file that is always compiled with optimisation: each has a secret in an array of its own, which nobody
/// reads after the end.

namespace nebula::services::test {

inline constexpr unsigned secret_bytes = 256;

/// Makes the secret known to somebody whom the compiler cannot see.
void use_secret(const unsigned char* secret);

void leave_secret();     ///< does nothing about it
void overwrite_secret(); ///< by memset, which the compiler may leave out
void wipe_secret();      ///< by secure_zero

} // namespace nebula::services::test
