// SPDX-License-Identifier: Apache-2.0 OR MIT
// Programs on a compressed store: values are put, read, pinned, erased and damaged where they are stored. What was not damaged comes back
// as it was; what was is told as damaged, or comes back as it was, and is never anything else; nothing is written beyond a value or the
// storage; and at the end the store is empty again.
// Target functions, those of these sources:
//   compressed_store: services/compression/compressed_store.cpp services/compression/compressed_store_config.cpp include/nebula/services/compression/content_checksum.hpp
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "tests/services/compression/compression_rig.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace services = nebula::services;
using services::compressed_handle;
using services::test::bytes;
using access = services::compressed_store_access;
using code = services::compression_failure_code;

/// The bytes of an input, taken one after the other; zeros where it ends.
class input {
public:
  input(const std::uint8_t* data, std::size_t size) : left_(data, size) {}
  [[nodiscard]] bool is_empty() const { return left_.empty(); }
  std::uint8_t byte() {
    if (left_.empty()) {
      return 0;
    }
    const std::uint8_t taken = left_.front();
    left_ = left_.subspan(1);
    return taken;
  }
  std::size_t number() {
    const std::size_t high = byte();
    return high * 256 + byte();
  }

private:
  std::span<const std::uint8_t> left_;
};

std::size_t step = 0;

void require(bool holds, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "compressed_store: step %zu: %s\n", step, what);
    std::abort();
  }
}

struct kept_value {
  compressed_handle handle;
  bytes content;
  bool is_hurt;
};

constexpr std::byte beyond{0x5A};

void judge(services::test::compression_rig& store, const kept_value& value) {
  bytes buffer(value.content.size() + 64, beyond);
  const auto got = store->get(value.handle, buffer);
  for (std::size_t index = value.content.size(); index < buffer.size(); ++index) {
    require(buffer[index] == beyond, "written beyond the value");
  }
  if (got.has_value()) {
    buffer.resize(value.content.size());
    require(got.value() == value.content.size() && buffer == value.content, "another value came back");
  } else {
    require(value.is_hurt, "a sound value did not come back");
    require(got.failure().code == code::damaged && got.failure().handle == value.handle,
            "damage is told as something else");
  }
  const auto view = store->pin(value.handle);
  require(view.has_value() == got.has_value(), "a view differs from a copy");
  if (view.has_value()) {
    require(bytes(view.value().bytes().begin(), view.value().bytes().end()) == value.content, "another value is shown");
  }
}

bytes take_value(input& in) {
  bytes content(in.number() % 2049);
  const std::uint8_t kind = in.byte();
  for (std::size_t index = 0; index < content.size(); ++index) {
    const std::size_t period = static_cast<std::size_t>(kind % 32) + 1;
    content[index] = kind < 64 || index < period ? static_cast<std::byte>(in.byte()) : content[index - period];
  }
  return content;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  input in(data, size);
  services::compressed_store_config config;
  config.value_count_max = 4;
  config.value_max_bytes = 2048;
  config.block_bytes = 16U + in.byte();
  config.block_count = 1U + in.byte() % 200;
  config.threshold_bytes = in.number() % 512;
  config.pin_count_max = 1;
  services::test::ticking_clock clock;
  config.clock = clock.clock();
  services::test::compression_rig store(config, in.byte() % 16);
  std::vector<kept_value> model;
  for (step = 0; !in.is_empty(); ++step) {
    const std::uint8_t what = in.byte();
    if (what % 4 == 0) {
      const bytes content = take_value(in);
      const std::size_t free = config.block_count - store->statistics().blocks_used;
      const auto handle = store->put(content);
      if (handle.has_value()) {
        model.push_back({handle.value(), content, false});
      } else if (handle.failure().code == code::full) {
        require(handle.failure().value > free && handle.failure().highest == free, "refused with blocks free");
      } else if (content.size() > config.value_max_bytes) {
        require(handle.failure().code == code::too_large, "refused as something else");
      } else {
        require(handle.failure().code == code::too_many_values && model.size() == config.value_count_max,
                "refused with places free");
      }
      continue;
    }
    if (model.empty()) {
      continue;
    }
    const std::size_t which = what / 4 % model.size();
    kept_value& value = model[which];
    if (what % 4 == 1) {
      judge(store, value);
    } else if (what % 4 == 2) {
      require(store->erase(value.handle).has_value(), "a value cannot be erased");
      store.misuses.clear();
      require(store->erase(value.handle).failure().code == code::unknown_handle, "erased twice");
      require(store.misuses.size() == 1, "a stale handle was not reported");
      model.erase(model.begin() + static_cast<std::ptrdiff_t>(which));
    } else if (const std::size_t stored = access::stored(*store, value.handle); stored != 0) {
      const std::size_t from = in.number() % stored;
      const std::size_t count = in.byte();
      for (std::size_t place = from; place < stored && place - from <= count; ++place) {
        const auto change = static_cast<std::byte>(in.byte());
        access::stored_byte(*store, value.handle, place) ^= change;
        value.is_hurt = value.is_hurt || change != std::byte{0};
      }
    }
  }
  for (const kept_value& value : model) {
    judge(store, value);
    require(store->erase(value.handle).has_value(), "a value cannot be erased");
  }
  const services::compression_statistics seen = store->statistics();
  require(
      seen.values == 0 && seen.blocks_used == 0 && seen.original_bytes == 0 && seen.stored_bytes == 0 && seen.pins == 0,
      "something is left");
  require(store->check_invariants().has_value(), "an invariant does not hold");
  require(store.guards_are_whole(), "written outside of the storage");
  return 0;
}
