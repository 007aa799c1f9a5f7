// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/bulk_copy.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <nebula/kernel/arithmetic.hpp>
#include <nebula/kernel/bounded_text.hpp>

#if defined(__x86_64__) || defined(__i386__)
#define NEBULA_SERVICES_AVX2 1
#include <immintrin.h>
#else
#define NEBULA_SERVICES_AVX2 0
#endif

namespace nebula::services {
namespace {

void copy_scalar(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  for (; bytes >= word_bytes; bytes -= word_bytes, to += word_bytes, from += word_bytes) {
    std::uint64_t word = 0;
    std::memcpy(&word, from, word_bytes);
    std::memcpy(to, &word, word_bytes);
  }
  for (; bytes != 0; --bytes) {
    *to++ = *from++;
  }
}

#if NEBULA_SERVICES_AVX2

constexpr std::size_t vector_bytes = 32;
constexpr std::size_t stride_bytes = 4 * vector_bytes;

__attribute__((target("avx2"))) __m256i load(const std::byte* from) noexcept {
  // NOLINTNEXTLINE(bugprone-casting-through-void): g++ takes the direct cast for one to a stricter alignment
  return _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(from)));
}
__attribute__((target("avx2"))) __m256i* place(std::byte* to) noexcept {
  // NOLINTNEXTLINE(bugprone-casting-through-void): likewise
  return static_cast<__m256i*>(static_cast<void*>(to));
}

// Up to the first multiple of a vector byte by byte, so that each store lies in one cache line.
template <bool Streams>
__attribute__((target("avx2"))) void copy_avx2(std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  const std::size_t head = smaller(bytes, padding_bytes(reinterpret_cast<std::uintptr_t>(to), vector_bytes));
  copy_scalar(to, from, head);
  to += head;
  from += head;
  bytes -= head;
  for (; bytes >= stride_bytes; bytes -= stride_bytes, to += stride_bytes, from += stride_bytes) {
    const __m256i first = load(from);
    const __m256i second = load(from + vector_bytes);
    const __m256i third = load(from + 2 * vector_bytes);
    const __m256i fourth = load(from + 3 * vector_bytes);
    if constexpr (Streams) {
      _mm256_stream_si256(place(to), first);
      _mm256_stream_si256(place(to + vector_bytes), second);
      _mm256_stream_si256(place(to + 2 * vector_bytes), third);
      _mm256_stream_si256(place(to + 3 * vector_bytes), fourth);
    } else {
      _mm256_store_si256(place(to), first);
      _mm256_store_si256(place(to + vector_bytes), second);
      _mm256_store_si256(place(to + 2 * vector_bytes), third);
      _mm256_store_si256(place(to + 3 * vector_bytes), fourth);
    }
  }
  for (; bytes >= vector_bytes; bytes -= vector_bytes, to += vector_bytes, from += vector_bytes) {
    _mm256_store_si256(place(to), load(from));
  }
  if constexpr (Streams) {
    _mm_sfence(); // streaming stores are ordered with nothing else, not even with a release store of this thread
  }
  copy_scalar(to, from, bytes);
}

void copy_in(copy_way way, std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  switch (way) {
  case copy_way::scalar: copy_scalar(to, from, bytes); break;
  case copy_way::avx2: copy_avx2<false>(to, from, bytes); break;
  case copy_way::streaming: copy_avx2<true>(to, from, bytes); break;
  }
}

bool has_avx2() noexcept { return __builtin_cpu_supports("avx2") != 0; }

#else

void copy_in(copy_way /*way*/, std::byte* to, const std::byte* from, std::size_t bytes) noexcept {
  copy_scalar(to, from, bytes);
}

bool has_avx2() noexcept { return false; }

#endif

} // namespace

const char* name(copy_way way) noexcept {
  switch (way) {
  case copy_way::scalar: return "scalar";
  case copy_way::avx2: return "avx2";
  case copy_way::streaming: return "streaming";
  }
  return "unknown";
}

const char* name(copy_rule rule) noexcept {
  switch (rule) {
  case copy_rule::none: return "none";
  case copy_rule::destination_not_null: return "destination_not_null";
  case copy_rule::source_not_null: return "source_not_null";
  case copy_rule::within_address_space: return "within_address_space";
  case copy_rule::no_overlap: return "no_overlap";
  case copy_rule::way_available: return "way_available";
  }
  return "unknown";
}

std::size_t describe(const copy_failure& failure, char* buffer, std::size_t size_bytes) noexcept {
  bounded_text text(buffer, size_bytes);
  text.add(name(failure.rule));
  text.add(": ");
  text.add_decimal(failure.bytes);
  text.add(" bytes");
  if (failure.rule == copy_rule::no_overlap) {
    text.add(" at a distance of ");
    text.add_decimal(failure.distance);
  }
  return text.finish();
}

bool is_available(copy_way way) noexcept {
  return way == copy_way::scalar || (way <= copy_way::streaming && has_avx2());
}

outcome<copy_way, copy_failure> bulk_copy(std::byte* destination, const std::byte* source, std::size_t bytes,
                                          copy_way way) noexcept {
  const copy_failure wrong = check_copy(destination, source, bytes);
  if (wrong.rule != copy_rule::none) {
    return wrong;
  }
  if (!is_available(way)) {
    return copy_failure{copy_rule::way_available, bytes, 0};
  }
  if (bytes != 0) {
    copy_in(way, destination, source, bytes);
  }
  return way;
}

outcome<copy_way, copy_failure> bulk_copy(std::byte* destination, const std::byte* source, std::size_t bytes) noexcept {
  const copy_way best = bytes >= streaming_bytes_min ? copy_way::streaming : copy_way::avx2;
  return bulk_copy(destination, source, bytes, has_avx2() ? best : copy_way::scalar);
}

} // namespace nebula::services
