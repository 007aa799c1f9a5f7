// SPDX-License-Identifier: Apache-2.0 OR MIT
// What a record costs through a stream's ring, beside the least that could do: a ring of slots of one size, a power of two of them, with
// the same indices and caches of them, and without checks, sizes, windows, ends or counts. docs/services/streaming.md shows the figures.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include <benchmark/benchmark.h>

#include <nebula/services/stream/stream_buffer.hpp>

namespace {

namespace services = nebula::services;

constexpr std::size_t ring_bytes = std::size_t{64} * 1024;

/// A core of one's own may be another's for the moment: who finds nothing lets others go on, after some looks.
template <class Attempt>
void until(Attempt attempt) {
  for (unsigned looks = 0; !attempt(); ++looks) {
    if (looks % 64 == 63) {
      std::this_thread::yield();
    }
  }
}

constexpr std::size_t batch = 16;

/// Sixteen records, one call for each.
template <class Ring>
class one_by_one {
public:
  void write_batch(std::uint64_t number) {
    for (std::size_t record = 0; record < batch; ++record, ++number) {
      until([&] { return ring_.write(number); });
    }
  }
  void read_batch(std::uint64_t& sum) {
    for (std::size_t record = 0; record < batch; ++record) {
      until([&] { return ring_.read(sum); });
    }
  }

private:
  Ring ring_;
};

/// Slots of so many bytes.
template <std::size_t Bytes>
class bare_ring {
public:
  bool write(std::uint64_t number) {
    const std::size_t next = writer_.own;
    if (next - writer_.known == slot_count) {
      writer_.known = read_.load(std::memory_order_acquire);
      if (next - writer_.known == slot_count) {
        return false;
      }
    }
    std::byte* const slot = slots_.get() + next % slot_count * Bytes;
    std::memset(slot, static_cast<int>(number & 0xFFU), Bytes);
    std::memcpy(slot, &number, sizeof number);
    writer_.own = next + 1;
    written_.store(next + 1, std::memory_order_release);
    return true;
  }
  bool read(std::uint64_t& sum) {
    const std::size_t next = reader_.own;
    if (reader_.known == next) {
      reader_.known = written_.load(std::memory_order_acquire);
      if (reader_.known == next) {
        return false;
      }
    }
    const std::byte* const slot = slots_.get() + next % slot_count * Bytes;
    std::uint64_t number = 0;
    std::memcpy(&number, slot, sizeof number);
    sum += number + static_cast<std::uint64_t>(slot[Bytes - 1]);
    reader_.own = next + 1;
    read_.store(next + 1, std::memory_order_release);
    return true;
  }

private:
  static constexpr std::size_t slot_count = ring_bytes / Bytes;
  struct alignas(64) side {
    std::size_t own = 0;
    std::size_t known = 0;
  };
  std::unique_ptr<std::byte[]> slots_ = std::make_unique<std::byte[]>(ring_bytes);
  side writer_{};
  alignas(64) std::atomic<std::size_t> written_{0};
  side reader_{};
  alignas(64) std::atomic<std::size_t> read_{0};
};

/// The same records through the service's ring.
template <std::size_t Bytes>
class checked_ring {
public:
  bool write(std::uint64_t number) {
    const auto room = buffer_.reserve(Bytes);
    if (!room) {
      return false;
    }
    std::memset(room.value().data(), static_cast<int>(number & 0xFFU), Bytes);
    std::memcpy(room.value().data(), &number, sizeof number);
    return buffer_.commit(Bytes).has_value();
  }
  bool read(std::uint64_t& sum) {
    const auto seen = buffer_.peek(Bytes);
    if (!seen) {
      return false;
    }
    std::uint64_t number = 0;
    std::memcpy(&number, seen.value().data(), sizeof number);
    sum += number + static_cast<std::uint64_t>(seen.value().back());
    return buffer_.consume(Bytes).has_value();
  }

private:
  [[nodiscard]] services::stream_plan plan() {
    bytes_.resize(services::stream_config::storage_bytes(ring_bytes, Bytes).value());
    services::stream_config config;
    config.storage = {bytes_.data(), bytes_.size()};
    config.capacity_bytes = ring_bytes;
    config.contiguous_max_bytes = Bytes;
    return config.validate().value();
  }
  std::vector<std::byte> bytes_;
  services::stream_buffer buffer_{plan()};
};

/// The same, sixteen records at a time: one reservation and one commit for them, and one peek. So it is meant for small records.
template <std::size_t Bytes>
class batched_ring {
public:
  void write_batch(std::uint64_t number) {
    until([&] {
      const auto room = buffer_.reserve(batch * Bytes);
      for (std::size_t at = 0; at < room.value().size(); at += Bytes) {
        std::byte* const record = room.value().data() + at;
        std::memset(record, static_cast<int>(number & 0xFFU), Bytes);
        std::memcpy(record, &number, sizeof number);
        ++number;
      }
      return room.has_value() && buffer_.commit(batch * Bytes).has_value();
    });
  }
  void read_batch(std::uint64_t& sum) {
    until([&] {
      const auto seen = buffer_.peek(batch * Bytes);
      for (std::size_t at = 0; at < seen.value().size(); at += Bytes) {
        std::uint64_t number = 0;
        std::memcpy(&number, seen.value().data() + at, sizeof number);
        sum += number + static_cast<std::uint64_t>(seen.value()[at + Bytes - 1]);
      }
      return seen.has_value() && buffer_.consume(batch * Bytes).has_value();
    });
  }

private:
  [[nodiscard]] services::stream_plan plan() {
    bytes_.resize(services::stream_config::storage_bytes(ring_bytes, batch * Bytes).value());
    services::stream_config config;
    config.storage = {bytes_.data(), bytes_.size()};
    config.capacity_bytes = ring_bytes;
    config.contiguous_max_bytes = batch * Bytes;
    return config.validate().value();
  }
  std::vector<std::byte> bytes_;
  services::stream_buffer buffer_{plan()};
};

constexpr std::uint64_t records_per_round = 50'000;

template <class Ring>
void two_threads(benchmark::State& state) {
  Ring ring;
  std::uint64_t sum = 0;
  for (auto _ : state) {
    std::thread writer([&ring] {
      for (std::uint64_t number = 0; number < records_per_round; number += batch) {
        ring.write_batch(number);
      }
    });
    for (std::uint64_t number = 0; number < records_per_round; number += batch) {
      ring.read_batch(sum);
    }
    writer.join();
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records_per_round));
}

/// Sixteen in, sixteen out: what the calls themselves cost, without lines that go from core to core.
template <class Ring>
void one_thread(benchmark::State& state) {
  Ring ring;
  std::uint64_t sum = 0;
  std::uint64_t number = 0;
  for (auto _ : state) {
    ring.write_batch(number);
    ring.read_batch(sum);
    number += batch;
  }
  benchmark::DoNotOptimize(sum);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch));
}

template <std::size_t Bytes>
void enter() {
  const std::string bytes = std::to_string(Bytes) + "_bytes";
  for (const auto& [name, both, one] :
       {std::tuple{"bare_ring", &two_threads<one_by_one<bare_ring<Bytes>>>, &one_thread<one_by_one<bare_ring<Bytes>>>},
        std::tuple{"stream_buffer", &two_threads<one_by_one<checked_ring<Bytes>>>,
                   &one_thread<one_by_one<checked_ring<Bytes>>>},
        std::tuple{"stream_buffer_by_16", &two_threads<batched_ring<Bytes>>, &one_thread<batched_ring<Bytes>>}}) {
    const std::string label(name);
    benchmark::RegisterBenchmark(("two_threads/" + bytes + "/" + label).c_str(), both)->UseRealTime();
    benchmark::RegisterBenchmark(("one_thread/" + bytes + "/" + label).c_str(), one);
  }
}

} // namespace

int main(int count, char** arguments) {
  enter<16>();
  enter<64>();
  enter<1024>();
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) {
    return 2;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
