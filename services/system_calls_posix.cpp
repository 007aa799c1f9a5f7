// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/system_calls.hpp>

#if !defined(_WIN32)

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

#include <nebula/kernel/arithmetic.hpp>

namespace nebula::services {
namespace {

std::uint32_t error_now() noexcept { return static_cast<std::uint32_t>(errno); }
std::uint32_t error_unless(bool succeeded) noexcept { return succeeded ? 0 : error_now(); }

// Calls that a signal breaks off are made again so often.
constexpr unsigned interruptions_max = 64;

std::uint32_t query_number(void* /*context*/, system_number which, std::size_t* value) noexcept {
#if defined(_SC_LEVEL1_DCACHE_LINESIZE)
  constexpr int line_number = _SC_LEVEL1_DCACHE_LINESIZE;
#else
  constexpr int line_number = -1;
#endif
  const int number = which == system_number::page_bytes ? _SC_PAGESIZE : line_number;
  if (number == -1) {
    return ENOSYS;
  }
  errno = EINVAL; // sysconf() leaves it as it is where a number is not known
  const long known = sysconf(number);
  if (known < 0) {
    return error_now();
  }
  *value = static_cast<std::size_t>(known);
  return 0;
}

std::uint32_t reserve(void* /*context*/, std::size_t bytes, std::byte** at) noexcept {
  void* place = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) {
    return error_now();
  }
  *at = static_cast<std::byte*>(place);
  return 0;
}

std::uint32_t commit(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(mprotect(at, bytes, PROT_READ | PROT_WRITE) == 0);
}

std::uint32_t release(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(munmap(at, bytes) == 0);
}

std::uint32_t lock(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(mlock(at, bytes) == 0);
}

std::uint32_t read_file(void* /*context*/, const char* path, char* buffer, std::size_t size_bytes,
                        std::size_t* length_bytes) noexcept {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return error_now();
  }
  std::size_t length = 0;
  std::uint32_t failed = 0;
  unsigned interruptions = 0;
  while (length < size_bytes) {
    const ssize_t got = read(file, buffer + length, size_bytes - length);
    if (got > 0) {
      length += static_cast<std::size_t>(got);
    } else if (got == 0) {
      break;
    } else if (errno != EINTR || ++interruptions > interruptions_max) {
      failed = error_now();
      break;
    }
  }
  static_cast<void>(close(file)); // it was opened for reading: there is nothing to lose
  *length_bytes = length;
  return failed;
}

#if defined(__linux__)

// As in the kernel's interface, which older headers lack.
constexpr int advice_populate_write = 23;
constexpr unsigned map_huge_shift = 26;
constexpr int map_fixed_noreplace = 0x100000;
constexpr int policy_preferred = 1;
constexpr int policy_bind = 2;
constexpr unsigned long query_node_of_address = 1UL | 2UL;

std::uint32_t map_huge(void* /*context*/, std::byte* at, std::size_t bytes, std::size_t huge_page_bytes) noexcept {
  const auto size_bits = static_cast<unsigned>(__builtin_ctzll(static_cast<unsigned long long>(huge_page_bytes)));
  const int flags =
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | map_fixed_noreplace | static_cast<int>(size_bits << map_huge_shift);
  void* place = mmap(at, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (place == MAP_FAILED) {
    return error_now();
  }
  if (place != at) { // a kernel before 4.17 took the place for a hint
    return munmap(place, bytes) == 0 ? static_cast<std::uint32_t>(EEXIST) : error_now();
  }
  return 0;
}

std::uint32_t advise_huge(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(madvise(at, bytes, MADV_HUGEPAGE) == 0);
}

std::uint32_t populate(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  for (unsigned interruptions = 0;; ++interruptions) {
    if (madvise(at, bytes, advice_populate_write) == 0) {
      return 0;
    }
    if (errno != EINTR || interruptions == interruptions_max) {
      return error_now();
    }
  }
}

std::uint32_t bind_node(void* /*context*/, std::byte* at, std::size_t bytes, std::size_t node, bool strict) noexcept {
#if defined(SYS_mbind)
  constexpr std::size_t word_bits = 8 * sizeof(unsigned long);
  unsigned long nodes[node_count_max / word_bits] = {};
  if (node >= node_count_max) {
    return EINVAL;
  }
  nodes[node / word_bits] = 1UL << (node % word_bits);
  // One more than there are bits: the kernel takes one off.
  return error_unless(
      syscall(SYS_mbind, at, bytes, strict ? policy_bind : policy_preferred, nodes, node_count_max + 1, 0UL) == 0);
#else
  static_cast<void>(at), static_cast<void>(bytes), static_cast<void>(node), static_cast<void>(strict);
  return ENOSYS;
#endif
}

std::uint32_t query_node(void* /*context*/, const std::byte* at, std::size_t* node) noexcept {
#if defined(SYS_get_mempolicy)
  int found = 0;
  if (syscall(SYS_get_mempolicy, &found, nullptr, 0UL, at, query_node_of_address) != 0) {
    return error_now();
  }
  *node = static_cast<std::size_t>(found);
  return 0;
#else
  static_cast<void>(at), static_cast<void>(node);
  return ENOSYS;
#endif
}

#else

std::uint32_t map_huge(void*, std::byte*, std::size_t, std::size_t) noexcept { return ENOSYS; }
std::uint32_t advise_huge(void*, std::byte*, std::size_t) noexcept { return ENOSYS; }
std::uint32_t populate(void*, std::byte*, std::size_t) noexcept { return ENOSYS; }
std::uint32_t bind_node(void*, std::byte*, std::size_t, std::size_t, bool) noexcept { return ENOSYS; }
std::uint32_t query_node(void*, const std::byte*, std::size_t*) noexcept { return ENOSYS; }

#endif

std::uint32_t query_memory(void* /*context*/, system_memory_numbers* numbers) noexcept {
#if defined(_SC_PHYS_PAGES) && defined(_SC_AVPHYS_PAGES)
  errno = EINVAL;
  const long page = sysconf(_SC_PAGESIZE);
  const long total = sysconf(_SC_PHYS_PAGES);
  const long available = sysconf(_SC_AVPHYS_PAGES);
  if (page <= 0 || total < 0 || available < 0) {
    return error_now();
  }
  // What a process of 32 bits cannot count is the most that it can.
  const auto bytes_of = [page](long pages) noexcept {
    const checked_size bytes = checked_multiply(static_cast<std::size_t>(pages), static_cast<std::size_t>(page));
    return bytes.fits ? bytes.value : SIZE_MAX;
  };
  *numbers = {bytes_of(total), bytes_of(available), 0};
  return 0;
#else
  static_cast<void>(numbers);
  return ENOSYS;
#endif
}

constexpr system_calls native{nullptr,  query_number, reserve,   commit,     release,   map_huge,    advise_huge,
                              populate, lock,         bind_node, query_node, read_file, query_memory};

} // namespace

const system_calls& native_system_calls() noexcept { return native; }

bool is_unsupported(std::uint32_t system_error) noexcept {
  return system_error == ENOSYS || system_error == EINVAL || system_error == EOPNOTSUPP;
}

const char* name_of_system_error(std::uint32_t system_error) noexcept {
  switch (system_error) {
  case EPERM: return "EPERM";
  case ENOENT: return "ENOENT";
  case EINTR: return "EINTR";
  case EIO: return "EIO";
  case EAGAIN: return "EAGAIN";
  case ENOMEM: return "ENOMEM";
  case EACCES: return "EACCES";
  case EFAULT: return "EFAULT";
  case EEXIST: return "EEXIST";
  case EINVAL: return "EINVAL";
  case ENFILE: return "ENFILE";
  case EMFILE: return "EMFILE";
  case ENOSYS: return "ENOSYS";
  case EOPNOTSUPP: return "EOPNOTSUPP";
  case EOVERFLOW: return "EOVERFLOW";
  default: return nullptr;
  }
}

} // namespace nebula::services

#endif
