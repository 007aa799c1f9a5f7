# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -DDOCUMENT=file -DEXAMPLE=file -P expect_shown.cmake: succeeds iff the document contains the example, whole, below its first
# two lines (licence, and where it is shown).
file(READ ${DOCUMENT} document)
file(READ ${EXAMPLE} example)
foreach(line 1 2) # not by a regular expression: CMake's ^ matches again after each replacement
  string(FIND "${example}" "\n" end)
  math(EXPR next "${end} + 1")
  string(SUBSTRING "${example}" ${next} -1 example)
endforeach()
string(FIND "${document}" "${example}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${DOCUMENT} does not show ${EXAMPLE} as it is: copy the example, below its first two lines, into the document")
endif()
