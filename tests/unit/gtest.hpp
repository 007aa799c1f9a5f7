// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// GoogleTest, less the warnings that its macros cause in the files that use them.

#include <gtest/gtest.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wused-but-marked-unused"            // its macros use what they mark as unused
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments" // TYPED_TEST_SUITE without a name generator
#pragma clang diagnostic ignored "-Wunused-member-function"            // TYPED_TEST classes of a suite are file-local
#pragma clang diagnostic ignored "-Wcovered-switch-default"            // its death tests have such a switch
#pragma clang diagnostic ignored "-Wunused-template"                   // helpers of a header that a file does not need
#endif
