// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// GoogleTest, less the warning that its macros cause in the files that use them.

#include <gtest/gtest.h>

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wused-but-marked-unused" // its macros use what they mark as unused
#endif
