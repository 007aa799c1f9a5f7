// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// Files compiled with exceptions and files compiled without may be linked together. What runs a function or a
/// constructor of the program's, and has to clean up if that throws, is compiled without the clean-up where exceptions
/// are switched off; a linker that finds one name for both keeps either. And so the two have two names: all of that
/// stands in this namespace. [SR-CONS-016]
#if defined(__cpp_exceptions)
#define NEBULA_EXCEPTION_NAMESPACE with_exceptions
#else
#define NEBULA_EXCEPTION_NAMESPACE without_exceptions
#endif
