// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <span>

#include <nebula/kernel/atomics.hpp>
#include <nebula/kernel/contract.hpp>
#include <nebula/services/stream/stream_config.hpp>

namespace nebula::services {

/// What a stream holds. Each number is within its range at any time, and exact when no call is under way. Refusals and
/// misuses are counted modulo the word: of 32 bits, a side that does nothing but ask comes round within minutes.
struct stream_state {
  std::size_t capacity_bytes = 0;
  std::size_t readable_bytes = 0;   ///< committed and not yet consumed
  std::size_t free_bytes = 0;       ///< the others
  std::size_t refused_reserves = 0; ///< for want of room: calls that failed, however often a call that waits has looked
  std::size_t refused_peeks = 0;    ///< for want of bytes; neither count the end of the stream
  std::size_t misuses = 0;
  bool is_writer_closed = false;
  bool is_reader_closed = false;
};

/// A ring of bytes between one thread that writes and one that reads. Each gets its bytes in one piece, in the ring
/// itself: nothing is copied that the two do not copy, but for the mirror.
///
///     0            read           write           capacity          capacity + contiguous_max - 1
///     |    free     |   readable    |      free       | mirror of 0… |
///
/// **Contiguity.** The bytes behind the ring's end are a second place of its first bytes: offset capacity + i and offset i
/// are one byte of the stream, and belong to the writer while it is free and to the reader while it is readable, both
/// places together. The writer, who alone writes, makes them equal before it publishes them. So neither side ever meets
/// the ring's end: reserve(n) with n <= contiguous_max_bytes succeeds iff n bytes are free, and peek(n) iff n bytes are
/// readable, wherever the ring stands. No byte is left out at the end, and nothing waits for the ring to become empty.
/// The price: storage for contiguous_max - 1 bytes, and as many bytes copied a second time in each round of the ring.
/// [SR-STREAM-002]
///
/// **Positions** are an offset and one bit more, which turns with each round: so a full ring is told from an empty one,
/// whatever the capacity, without a division. The word that a side publishes is its position and, in the
/// highest bit, its end: who reads the word knows of both at once, so that no byte is missed that was committed before
/// the end. Each side counts what it knows to be its own, and looks at the other's word only when that does not suffice:
/// it cannot become less.
///
/// Wait-free: each call is a bounded number of instructions and the bytes it copies for the mirror, whatever the other side does. The
/// writer's calls are one thread's at a time, and so are the reader's; state() is any thread's. The orders are those of
/// L. Lamport's ring of one writer and one reader ("Proving the correctness of multiprocess programs", 1977) in the
/// terms of acquire and release. docs/services/streaming.md. [SR-STREAM-001]
template <class Atomics>
class basic_stream_buffer {
  using atomic_word = typename Atomics::template atomic<std::size_t>;
  static_assert(Atomics::template is_lock_free<std::size_t>, "a position is published by one store");

public:
  explicit basic_stream_buffer(const stream_plan& plan) noexcept
      : storage_(plan.storage_),
        capacity_(plan.capacity_bytes_),
        mirror_(plan.contiguous_max_bytes_ == 0 ? 0 : plan.contiguous_max_bytes_ - 1),
        contiguous_max_(plan.contiguous_max_bytes_),
        hook_(plan.hook_) {
    writer_.limit = contiguous_max_;
    writer_.has = capacity_;
    reader_.limit = contiguous_max_;
  }
  /// Neither side calls any more.
  ~basic_stream_buffer() = default;
  basic_stream_buffer(const basic_stream_buffer&) = delete;
  basic_stream_buffer& operator=(const basic_stream_buffer&) = delete;

  // --- the writer's

  /// So many bytes to write to, in one piece, the caller's until it commits or closes. In this order: closed iff this side
  /// has; invalid_argument iff 0 or more than contiguous_max_bytes; already_reserved, misuse, reported, iff the last
  /// reservation was not committed; reader_gone iff the reader is known to have closed: it is looked at when what is known
  /// to be free does not suffice, so at the latest once the writer has gone round the ring, and it then touches the
  /// storage no more; full iff fewer bytes are free, with their number. O(1). [SR-STREAM-002]
  [[nodiscard]] NEBULA_FAST stream_outcome<std::span<std::byte>> reserve(std::size_t bytes) noexcept {
    if (NEBULA_UNLIKELY(bytes == 0 || bytes > writer_.limit || writer_.held != 0 ||
                        (bytes > writer_.has && !finds_room(bytes)))) {
      return refuse_reserve(bytes);
    }
    writer_.held = bytes;
    return std::span<std::byte>(storage_ + offset_of(writer_.word), bytes);
  }

  /// The first so many of the reserved bytes are the reader's, the others are given up; 0 gives up all. Misuse, reported,
  /// the reservation stays: over_commit iff more than were reserved. O(1), and O(bytes) for those at the ring's two ends.
  /// [SR-STREAM-003]
  NEBULA_FAST stream_outcome<void> commit(std::size_t bytes) noexcept {
    if (NEBULA_UNLIKELY(bytes > writer_.held)) {
      return misuse(writer_.misuses, {stream_failure_code::over_commit, stream_field::bytes, bytes, 0, writer_.held});
    }
    const std::size_t begin = offset_of(writer_.word);
    if (NEBULA_UNLIKELY(begin < mirror_ || bytes > capacity_ - begin)) {
      mirror(begin, bytes);
    }
    writer_.held = 0;
    advance(writer_, bytes);
    write_.store(writer_.word, memory_order::release); // pairs with the load in finds_bytes()
    return {};
  }

  /// No more comes: the reader is told when it has read all. Gives up what is reserved. Again: nothing. O(1).
  /// [SR-STREAM-005]
  void close_writer() noexcept {
    close(writer_);
    // release: the reader may see this word and not the one before, and takes all bytes before it
    write_.store(writer_.word, memory_order::release);
  }

  /// True iff the reader has closed; it then touches the storage no more. O(1), but it takes the reader's cache line.
  [[nodiscard]] bool is_reader_gone() noexcept {
    static_cast<void>(finds_room(0));
    return writer_.other_is_gone;
  }

  // --- the reader's

  /// The next so many bytes, in one piece, still in the ring: they are there until consumed, and can be peeked at again.
  /// In this order: closed iff this side has; invalid_argument iff 0 or more than contiguous_max_bytes; end_of_stream iff
  /// the writer has closed and fewer bytes are left, with their number: peek(number) gets them; not_enough iff fewer are
  /// readable now. A failed call leaves what was peeked at before. O(1). [SR-STREAM-002]
  [[nodiscard]] NEBULA_FAST stream_outcome<std::span<const std::byte>> peek(std::size_t bytes) noexcept {
    if (NEBULA_UNLIKELY(bytes == 0 || bytes > reader_.limit || (bytes > reader_.has && !finds_bytes(bytes)))) {
      return refuse_peek(bytes);
    }
    reader_.held = bytes;
    return std::span<const std::byte>(storage_ + offset_of(reader_.word), bytes);
  }
  /// As many as lie in one piece of those that are known to be there, at least one; looks for more only iff none is
  /// known. Failures as peek(1).
  [[nodiscard]] stream_outcome<std::span<const std::byte>> peek() noexcept {
    const stream_outcome<std::span<const std::byte>> one = peek(1);
    if (NEBULA_UNLIKELY(!one.has_value())) {
      return one;
    }
    const std::size_t piece = capacity_ + mirror_ - offset_of(reader_.word);
    reader_.held = reader_.has < piece ? reader_.has : piece;
    return std::span<const std::byte>(one.value().data(), reader_.held);
  }

  /// The first so many of the bytes peeked at are the writer's; the rest stay where they are, and peeked at. Misuse,
  /// reported, nothing has changed: over_consume iff more than are peeked at. O(1). [SR-STREAM-004]
  NEBULA_FAST stream_outcome<void> consume(std::size_t bytes) noexcept {
    if (NEBULA_UNLIKELY(bytes > reader_.held)) {
      return misuse(reader_.misuses, {stream_failure_code::over_consume, stream_field::bytes, bytes, 0, reader_.held});
    }
    reader_.held -= bytes;
    advance(reader_, bytes);
    read_.store(reader_.word, memory_order::release); // pairs with the load in finds_room()
    return {};
  }

  /// Nothing more is read: the writer is told when it looks. Again: nothing. O(1). [SR-STREAM-005]
  void close_reader() noexcept {
    close(reader_);
    read_.store(reader_.word, memory_order::release); // pairs with the load of the writer, who may then end the storage
  }

  // --- anybody's

  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t contiguous_max_bytes() const noexcept { return contiguous_max_; }
  /// O(1). [SR-STREAM-006]
  [[nodiscard]] stream_state state() const noexcept {
    stream_state now;
    // relaxed: numbers for people; two that do not belong together are kept within the range
    const std::size_t written = write_.load(memory_order::relaxed);
    const std::size_t consumed = read_.load(memory_order::relaxed);
    const std::size_t between = between_any(consumed, written);
    now.capacity_bytes = capacity_;
    now.readable_bytes = between;
    now.free_bytes = capacity_ - now.readable_bytes;
    now.refused_reserves = writer_.refusals.load(memory_order::relaxed);
    now.refused_peeks = reader_.refusals.load(memory_order::relaxed);
    now.misuses = writer_.misuses.load(memory_order::relaxed);
    now.misuses += reader_.misuses.load(memory_order::relaxed);
    now.is_writer_closed = is_end(written);
    now.is_reader_closed = is_end(consumed);
    return now;
  }

private:
  static constexpr std::size_t end_bit = std::numeric_limits<std::size_t>::max() / 2 + 1;
  static constexpr std::size_t lap_bit = end_bit / 2;
  static_assert(stream_config::capacity_max_bytes <= lap_bit / 2, "no position and its advance reach the bits above");

  /// What one side has to itself. On a line of its own: the other side never reads it, but for state().
  struct alignas(Atomics::contention_align_bytes) side {
    std::size_t word = 0;       ///< as published last: the position, and the end
    std::size_t has = 0;        ///< bytes known to be this side's: free, or readable; there may be more
    std::size_t held = 0;       ///< bytes reserved, or peeked at
    std::size_t limit = 0;      ///< the most bytes of one call; 0 once no call can succeed any more
    bool other_is_gone = false; ///< as seen last
    bool is_looking = false;    ///< a call that waits counts its refusal itself, once
    atomic_word refusals{};
    atomic_word misuses{};
  };

  [[nodiscard]] static bool is_end(std::size_t either) noexcept { return (either & end_bit) != 0; }
  [[nodiscard]] static std::size_t offset_of(std::size_t word) noexcept { return word & ~(end_bit | lap_bit); }
  /// From the earlier word to the later one: at most the capacity, of words that were true at a time.
  [[nodiscard]] std::size_t distance(std::size_t earlier, std::size_t later) const noexcept {
    const bool is_same_lap = ((earlier ^ later) & lap_bit) == 0;
    return (is_same_lap ? 0 : capacity_) + offset_of(later) - offset_of(earlier);
  }
  /// The same of words that need not have been true at a time: 0 iff they are no such pair.
  [[nodiscard]] std::size_t between_any(std::size_t earlier, std::size_t later) const noexcept {
    const bool is_same_lap = ((earlier ^ later) & lap_bit) == 0;
    const std::size_t from = offset_of(earlier);
    const std::size_t to = offset_of(later);
    return (is_same_lap ? to >= from : to <= from) ? distance(earlier, later) : 0;
  }
  /// By bytes that this side has.
  void advance(side& own, std::size_t bytes) noexcept {
    own.has -= bytes;
    own.word += bytes; // the offset's part of the word is twice as wide as it needs to be
    if (NEBULA_UNLIKELY(offset_of(own.word) >= capacity_)) {
      own.word = (own.word - capacity_) ^ lap_bit;
    }
  }
  static void close(side& own) noexcept {
    own.held = 0;
    own.limit = 0;
    own.word |= end_bit;
  }
  /// Both places of each byte in [begin, begin + bytes) are made equal. The two copies do not overlap, for the mirror is
  /// shorter than the ring.
  NEBULA_SLOW void mirror(std::size_t begin, std::size_t bytes) noexcept {
    const std::size_t end = begin + bytes;
    if (end > capacity_) {
      std::memcpy(storage_, storage_ + capacity_, end - capacity_);
    }
    const std::size_t until = end < mirror_ ? end : mirror_;
    if (begin < until) {
      std::memcpy(storage_ + capacity_ + begin, storage_ + begin, until - begin);
    }
  }
  /// Looks how far the reader is. False iff so many bytes are not free, or the reader is gone: then nothing ever is.
  NEBULA_SLOW bool finds_room(std::size_t bytes) noexcept {
    // acquire: pairs with the release in consume() and close_reader(): what the reader has read is the writer's
    const std::size_t consumed = read_.load(memory_order::acquire);
    writer_.has = capacity_ - distance(consumed, writer_.word);
    writer_.other_is_gone = is_end(consumed);
    if (writer_.other_is_gone) {
      writer_.limit = 0;
    }
    return !writer_.other_is_gone && bytes <= writer_.has;
  }
  /// Looks how far the writer is. False iff so many bytes are not readable.
  NEBULA_SLOW bool finds_bytes(std::size_t bytes) noexcept {
    // acquire: pairs with the release in commit() and close_writer(): what has been written is there to be read
    const std::size_t written = write_.load(memory_order::acquire);
    reader_.has = distance(reader_.word, written);
    reader_.other_is_gone = is_end(written);
    return bytes <= reader_.has;
  }

  static void count(atomic_word& counter) noexcept {
    counter.store(counter.load(memory_order::relaxed) + 1, memory_order::relaxed); // relaxed: one writer
  }
  NEBULA_COLD stream_failure misuse(atomic_word& misuses, stream_failure what) noexcept {
    const bool reserves = what.code == stream_failure_code::already_reserved;
    const error told{reserves ? error_code::blocks_live : error_code::over_release,
                     reserves ? operation::reserve : operation::release, component::none};
    count(misuses);
    report_fault(hook_, fault{told, invariant::none, this, nullptr});
    return what;
  }
  NEBULA_COLD stream_failure refuse_reserve(std::size_t bytes) noexcept {
    if (is_end(writer_.word)) {
      return {stream_failure_code::closed, stream_field::none, bytes, 0, 0};
    }
    if (bytes == 0 || bytes > contiguous_max_) {
      return {stream_failure_code::invalid_argument, stream_field::bytes, bytes, 1, contiguous_max_};
    }
    if (writer_.held != 0) {
      return misuse(writer_.misuses, {stream_failure_code::already_reserved, stream_field::none, writer_.held, 0, 0});
    }
    if (writer_.other_is_gone) {
      return {stream_failure_code::reader_gone, stream_field::none, bytes, 0, 0};
    }
    if (!writer_.is_looking) {
      count(writer_.refusals);
    }
    return {stream_failure_code::full, stream_field::none, bytes, 0, writer_.has};
  }
  NEBULA_COLD stream_failure refuse_peek(std::size_t bytes) noexcept {
    if (is_end(reader_.word)) {
      return {stream_failure_code::closed, stream_field::none, bytes, 0, 0};
    }
    if (bytes == 0 || bytes > contiguous_max_) {
      return {stream_failure_code::invalid_argument, stream_field::bytes, bytes, 1, contiguous_max_};
    }
    if (reader_.other_is_gone) {
      return {stream_failure_code::end_of_stream, stream_field::none, bytes, 0, reader_.has};
    }
    if (!reader_.is_looking) {
      count(reader_.refusals);
    }
    return {stream_failure_code::not_enough, stream_field::none, bytes, 0, reader_.has};
  }

  template <class, class>
  friend class basic_waiting_stream;
  /// For as long as this lives, the side that may lack what the code says counts no refusal: one call looks several times.
  class looking {
  public:
    looking(basic_stream_buffer& buffer, stream_failure_code lacks) noexcept
        : side_(lacks == stream_failure_code::full ? buffer.writer_ : buffer.reader_) {
      side_.is_looking = true;
    }
    looking(const looking&) = delete;
    looking& operator=(const looking&) = delete;
    ~looking() { side_.is_looking = false; }
    /// The call has failed.
    void count_refusal() const noexcept { count(side_.refusals); }

  private:
    side& side_;
  };

  std::byte* storage_; ///< these are read by both sides, and written by none
  std::size_t capacity_;
  std::size_t mirror_;
  std::size_t contiguous_max_;
  fault_hook hook_;
  side writer_{};
  alignas(Atomics::contention_align_bytes) atomic_word write_{};
  side reader_{};
  alignas(Atomics::contention_align_bytes) atomic_word read_{};
};

} // namespace nebula::services
