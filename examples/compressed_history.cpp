// SPDX-License-Identifier: Apache-2.0 OR MIT
// The example of docs/services/compression.md, as it stands there: tests compare the two, and run this.

// The versions of a document, as an editor keeps them to go back to: as many as fit in a fixed amount of memory, compressed. A
// version that does not fit makes the oldest ones go, one after the other, until it does; whoever still has the handle of one of
// these is told so.
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include <nebula/services/compression/compressed_store.hpp>

namespace {

namespace services = nebula::services;
using code = services::compression_failure_code;

class history {
public:
  explicit history(const services::compressed_store_plan& plan) : store_(plan) {}

  /// False iff the version cannot be kept, however much is forgotten for it.
  bool keep(std::string_view text) {
    for (;;) {
      const auto kept = store_.put(std::as_bytes(std::span(text.data(), text.size())));
      if (kept) {
        versions_.push_back({number_++, kept.value()});
        return true;
      }
      const bool helps = kept.failure().code == code::full || kept.failure().code == code::too_many_values;
      if (!helps || versions_.empty()) {
        return false;
      }
      if (!store_.erase(versions_.front().handle)) {
        return false;
      }
      versions_.pop_front();
    }
  }

  struct version {
    unsigned number = 0;
    services::compressed_handle handle{};
  };
  [[nodiscard]] const std::deque<version>& versions() const { return versions_; }
  /// The text as it was, for as long as the view lives.
  [[nodiscard]] services::compression_outcome<services::pinned_value> look(const version& which) {
    return store_.pin(which.handle);
  }
  [[nodiscard]] services::compression_statistics statistics() const { return store_.statistics(); }

private:
  services::compressed_store store_;
  std::deque<version> versions_;
  unsigned number_ = 1;
};

/// A document that grows by a paragraph with each version.
std::string document(unsigned version) {
  std::string text = "Minutes\n\n";
  for (unsigned paragraph = 1; paragraph <= version; ++paragraph) {
    text += std::to_string(paragraph);
    text += ". It was agreed that point ";
    text += std::to_string(paragraph * 7919 % 1000);
    text += " be taken up again in the next meeting, and that those present prepare it.\n";
  }
  return text;
}

} // namespace

int main() {
  services::compressed_store_config config;
  config.value_count_max = 100;
  config.value_max_bytes = 16384;
  config.block_count = 256; // of 128 bytes: 32 KiB for all versions together
  config.block_bytes = 128;
  config.pin_count_max = 1;
  config.hook = {[](void* context, const nebula::fault&) { ++*static_cast<unsigned*>(context); }, nullptr};
  unsigned misuses = 0;
  config.hook.context = &misuses;
  static std::array<std::byte, 128 * 1024> storage;
  config.storage = {storage.data(), storage.size()};
  const auto plan = config.validate();
  if (!plan) {
    char words[160];
    describe(plan.failure(), words, sizeof words);
    std::fprintf(stderr, "%s\n", words);
    return EXIT_FAILURE;
  }

  history kept(plan.value());
  bool all_kept = true;
  history::version first;
  for (unsigned version = 1; version <= 100; ++version) {
    all_kept = kept.keep(document(version)) && all_kept;
    first = version == 1 ? kept.versions().front() : first;
  }
  const services::compression_statistics seen = kept.statistics();
  std::printf("kept     versions %u to %u: %llu bytes in %zu blocks of 128, %.1f to 1\n",
              kept.versions().front().number, kept.versions().back().number,
              static_cast<unsigned long long>(seen.original_bytes), seen.blocks_used, seen.ratio());

  bool all_right = !kept.versions().empty();
  for (const history::version& each : kept.versions()) {
    const auto text = kept.look(each);
    const std::string wanted = document(each.number);
    all_right = all_right && text &&
                std::string_view(reinterpret_cast<const char*>(text.value().bytes().data()),
                                 text.value().bytes().size()) == wanted;
  }
  const auto gone = kept.look(first); // forgotten long ago: told, and reported
  char words[160];
  describe(gone.failure(), words, sizeof words);
  std::printf("the first version: %s\n", words);

  const bool is_bounded = seen.blocks_used <= 256 && kept.versions().size() < 100;
  const bool is_told = gone.failure().code == code::unknown_handle && misuses == 1;
  return all_kept && all_right && is_bounded && is_told && seen.ratio() > 2 ? EXIT_SUCCESS : EXIT_FAILURE;
}
