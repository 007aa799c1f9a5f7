// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdio>
#include <cstring>

/// A program that is run twice or more: alone, when it does nothing wrong and its checker must be silent, and once for
/// each defect that it is given the name of, when its checker must end it. A defect that goes by unseen is exit status 0,
/// which the test takes for what it is.
namespace seeded {

struct defect {
  const char* name;
  void (*commit)();
};

template <unsigned long Count>
int run(void (*nothing_wrong)(), const defect (&defects)[Count], int argument_count, char** arguments) {
  nothing_wrong();
  if (argument_count < 2) {
    return 0;
  }
  for (const defect& each : defects) {
    if (std::strcmp(each.name, arguments[1]) == 0) {
      each.commit();
      return 0;
    }
  }
  std::fprintf(stderr, "%s: no defect is called '%s'; there are:", arguments[0], arguments[1]);
  for (const defect& each : defects) {
    std::fprintf(stderr, " %s", each.name);
  }
  std::fprintf(stderr, "\n");
  return 0; // a failure would look like a catch
}

/// The value, of which the compiler knows nothing.
template <class T>
T unknown(T value) {
  volatile T kept = value;
  return kept;
}

} // namespace seeded
