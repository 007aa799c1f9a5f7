// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nebula::services::test {

/// Rows of comma-separated values, by the grammar of RFC 4180, each ended by CR LF; nothing iff the text is none. Written
/// from the grammar, and knows nothing of the exporter.
inline std::optional<std::vector<std::vector<std::string>>> read_csv(std::string_view text) {
  std::vector<std::vector<std::string>> rows;
  while (!text.empty()) {
    std::vector<std::string> row;
    for (;;) {
      std::string field;
      if (text.starts_with('"')) {
        text.remove_prefix(1);
        for (;;) {
          if (text.empty()) {
            return std::nullopt; // no end of a quoted field
          }
          const char character = text.front();
          text.remove_prefix(1);
          if (character == '"') {
            if (!text.starts_with('"')) {
              break;
            }
            text.remove_prefix(1);
          }
          field += character;
        }
      } else {
        while (!text.empty() && text.front() != ',' && text.front() != '\r' && text.front() != '\n') {
          if (text.front() == '"') {
            return std::nullopt; // a quote in a field that is not quoted
          }
          field += text.front();
          text.remove_prefix(1);
        }
      }
      row.push_back(field);
      if (!text.starts_with(',')) {
        break;
      }
      text.remove_prefix(1);
    }
    if (!text.starts_with("\r\n")) {
      return std::nullopt;
    }
    text.remove_prefix(2);
    rows.push_back(row);
  }
  return rows;
}

} // namespace nebula::services::test
