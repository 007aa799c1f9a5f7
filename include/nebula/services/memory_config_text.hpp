// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <string>
#include <string_view>

#include <nebula/services/config_failure.hpp>
#include <nebula/services/memory_config.hpp>

namespace nebula::services {

/// What variables of the environment begin with.
inline constexpr const char* config_variable_prefix = "NEBULA_MEMORY_";

/// Reads a configuration from JSON: an object of objects, { "preset": "development", "log": { "level": "warning" } }. What
/// it does not name is as the preset has it, production if it names none. Numbers are whole; words are enumerators; there
/// are no others. Failures: syntax, with the place; unknown_key, given_twice, wrong_type, not_a_word, out_of_range, each
/// with the first key that it is true of, as they stand in the text; then those of validate(); out_of_memory. [SR-CONFIG-003]
[[nodiscard]] config_outcome<memory_config> read_json(std::string_view text) noexcept;

/// The configuration as JSON, with all keys, two spaces a level; read_json() of it is the same. out_of_memory. [SR-CONFIG-003]
[[nodiscard]] config_outcome<std::string> to_json(const memory_config& config) noexcept;

/// A configuration changed by variables of an environment: NEBULA_MEMORY_LOG_LEVEL=debug is log.level, and
/// NEBULA_MEMORY_PRESET is read before all others. `environment` is an array of NAME=VALUE that ends with a null pointer,
/// as the `environ` of POSIX; null is an empty one. A variable that begins with the prefix and is none of these is
/// unknown_key: nothing is passed over. Failures: unknown_key, given_twice, wrong_type, not_a_word, out_of_range, with the
/// variable's name; then those of validate(). No heap. No thread changes the environment meanwhile. [SR-CONFIG-004]
[[nodiscard]] config_outcome<memory_config> read_environment(const memory_config& base,
                                                             const char* const* environment) noexcept;

/// A key's name, kind, range and value in each preset, in the order of the fields: for help texts. Writes a table, one key
/// a line. Throws std::bad_alloc iff there is no memory for it.
[[nodiscard]] std::string config_keys_text();

} // namespace nebula::services
