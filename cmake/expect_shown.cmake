# SPDX-License-Identifier: Apache-2.0 OR MIT
# cmake -DDOCUMENT=file -DEXAMPLE=file -P expect_shown.cmake: succeeds iff the document contains the example, whole, below its first
# two lines (licence, and where it is shown).
file(READ ${DOCUMENT} document)
file(READ ${EXAMPLE} example)
string(REGEX REPLACE "^[^\n]*\n[^\n]*\n" "" example "${example}")
string(FIND "${document}" "${example}" place)
if(place EQUAL -1)
  message(FATAL_ERROR "${DOCUMENT} does not show ${EXAMPLE} as it is: copy the example, below its first two lines, into the document")
endif()
