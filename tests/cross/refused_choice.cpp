// SPDX-License-Identifier: Apache-2.0 OR MIT
// Must not compile where the machine cannot swap the head that the configuration chooses.
#include <nebula/kernel.hpp>
