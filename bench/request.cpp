// SPDX-License-Identifier: Apache-2.0 OR MIT
// What statistics cost a server: a request of HTTP is taken apart, answered with a page, and the page is summed, as a cipher or a
// compressor would read it; with its calls of the allocator counted, and without. What is measured is the request; the
// counters alone are in counters.cpp.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include <nebula/services/counted.hpp>

#include "bench/nebula_blocks.hpp"

namespace nebula::bench {
namespace {

constexpr std::string_view request_text =
    "GET /catalogue/items?category=kettles&sort=price&page=3 HTTP/1.1\r\n"
    "Host: www.example.org\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
    "Accept-Language: en-GB,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.example.org/catalogue/items?category=kettles&sort=price&page=2\r\n"
    "Cookie: session=7b1f6a0e5f0c4f0f9a3a3d6f7c1e2b48; consent=1; currency=GBP\r\n"
    "Connection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n"
    "\r\n";

/// At the end of a block that is written to: what is entered in the ledger in its stead, and left alone.
constexpr std::size_t untouched_bytes = 16;
[[gnu::always_inline]] inline void* untouched(void* block, std::size_t bytes) noexcept {
  return static_cast<std::byte*>(block) + (bytes - untouched_bytes);
}

/// A line of the request, its name in lower case.
struct header {
  header* next = nullptr;
  std::string_view value{};
  std::array<char, 24> name{};
  std::byte unused[untouched_bytes] = {};
};

constexpr std::size_t header_count = 9;
constexpr std::size_t page_bytes = 4096;
constexpr std::size_t blocks_of_a_request = header_count + 2; // the page, and what the session is looked up with

template <int Threads>
struct answer_request {
  static constexpr int threads = Threads;
  static constexpr double operations = 1;
  static constexpr std::size_t verified_rounds = 500;
  static constexpr std::size_t verified_entries = blocks_of_a_request * verified_rounds * Threads;
  static constexpr shape sizes{0, 0, 0};

  template <class Front, class Run>
  static void body(Front& blocks, Run& run) {
    std::uint64_t served = 0;
    run.repeat([&] {
      std::string_view text = opaque(request_text.data());
      text = {text.data(), request_text.size()};
      header* const headers = parse(blocks, run, text.substr(text.find("\r\n") + 2));
      void* const session = blocks.allocate(256);
      run.write(session, 256);
      void* const page = blocks.allocate(page_bytes);
      run.take(untouched(page, page_bytes), untouched_bytes);
      served += answer(headers, static_cast<char*>(page), served);
      run.before_free(untouched(page, page_bytes));
      blocks.deallocate(page, page_bytes);
      run.before_free(session);
      blocks.deallocate(session, 256);
      discard(blocks, run, headers);
    });
    keep(&served);
  }

private:
  template <class Front, class Run>
  static header* parse(Front& blocks, Run& run, std::string_view text) {
    header* first = nullptr;
    while (!text.starts_with("\r\n")) {
      const std::string_view line = text.substr(0, text.find("\r\n"));
      void* const place = blocks.allocate(sizeof(header));
      auto* const read = ::new (place) header;
      run.take(untouched(read, sizeof(header)), untouched_bytes);
      const std::size_t colon = line.find(':');
      for (std::size_t at = 0; at < colon && at < read->name.size(); ++at) {
        read->name[at] = static_cast<char>(line[at] >= 'A' && line[at] <= 'Z' ? line[at] + ('a' - 'A') : line[at]);
      }
      read->value = line.substr(colon + 2);
      read->next = first;
      first = read;
      text.remove_prefix(line.size() + 2);
    }
    return first;
  }
  /// Writes a page of rows, and the sum of its bytes.
  static std::uint64_t answer(const header* headers, char* page, std::uint64_t served) {
    std::size_t written = 0;
    for (const header* each = headers; each != nullptr; each = each->next) {
      std::memcpy(page + written, each->value.data(), each->value.size());
      written += each->value.size();
    }
    for (std::uint64_t number = served; written + 64 <= page_bytes; ++number) {
      static constexpr std::string_view row = "<tr><td>........</td></tr>";
      std::memcpy(page + written, row.data(), row.size());
      std::uint64_t rest = number;
      for (std::size_t digit = 0; digit < 8; ++digit, rest /= 10) {
        page[written + 15 - digit] = static_cast<char>('0' + rest % 10);
      }
      written += row.size();
    }
    std::uint64_t sum = 0xCBF29CE484222325U;
    for (std::size_t at = 0; at < written; ++at) {
      sum = (sum ^ static_cast<unsigned char>(page[at])) * 0x100000001B3U;
    }
    return sum % 2 + 1;
  }
  template <class Front, class Run>
  static void discard(Front& blocks, Run& run, header* headers) {
    while (headers != nullptr) {
      header* const next = headers->next;
      run.before_free(untouched(headers, sizeof(header)));
      blocks.deallocate(headers, sizeof(header));
      headers = next;
    }
  }
};

constexpr size_class classes[] = {{64, 16, 256}, {256, 16, 64}, {page_bytes, 16, 64}};
constexpr std::size_t class_count = sizeof(classes) / sizeof(classes[0]);

/// The allocator that both columns have.
class request_blocks {
public:
  explicit request_blocks(const shape& /*sizes*/)
      : bytes_(must_plan(segregated_config::storage_bytes(classes, class_count)) + storage::align_bytes),
        blocks_(
            must_plan(segregated_builder{}.storage(byte_span{bytes_.data(), bytes_.size()}).classes(classes).build())) {
  }

protected:
  [[nodiscard]] segregated_allocator& blocks() noexcept { return blocks_; }

private:
  storage bytes_;
  segregated_allocator blocks_;
};

class not_counted_subject : public request_blocks {
public:
  using front = not_counted_subject&;
  using request_blocks::request_blocks;
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(blocks().allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(blocks().deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }
};

class counted_subject : public request_blocks {
public:
  using front = counted_subject&;
  explicit counted_subject(const shape& sizes)
      : request_blocks(sizes), counts_(std::make_unique<services::allocation_counts>()), counted_(blocks(), *counts_) {}
  [[gnu::always_inline]] inline void* allocate(std::size_t bytes) noexcept {
    return must(counted_.allocate({bytes, block_align_bytes}));
  }
  [[gnu::always_inline]] inline void deallocate(void* block, std::size_t bytes) noexcept {
    must(counted_.deallocate(static_cast<std::byte*>(block), {bytes, block_align_bytes}));
  }

private:
  std::unique_ptr<services::allocation_counts> counts_;
  services::counted<segregated_allocator> counted_;
};

template <class Scenario>
void add_columns(registry& all, const char* scenario) {
  all.add<Scenario, counted_subject>(scenario, "counted");
  all.add<Scenario, not_counted_subject>(scenario, "not counted");
}

} // namespace

void add_request(registry& all) {
  add_columns<answer_request<1>>(all, "request_1_thread");
  add_columns<answer_request<2>>(all, "request_2_threads");
}

} // namespace nebula::bench
