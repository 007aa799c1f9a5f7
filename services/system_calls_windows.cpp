// SPDX-License-Identifier: Apache-2.0 OR MIT
#include <nebula/services/system_calls.hpp>

#if defined(_WIN32)

#include <cstddef>
#include <cstdint>

#define WIN32_LEAN_AND_MEAN
#if !defined(NOMINMAX)
#define NOMINMAX
#endif
#include <windows.h>

#include <psapi.h>

namespace nebula::services {
namespace {

std::uint32_t error_unless(bool succeeded) noexcept { return succeeded ? 0 : GetLastError(); }

std::uint32_t query_number(void* /*context*/, system_number which, std::size_t* value) noexcept {
  if (which != system_number::page_bytes) {
    return ERROR_NOT_SUPPORTED;
  }
  SYSTEM_INFO info{};
  GetSystemInfo(&info);
  *value = info.dwPageSize;
  return 0;
}

std::uint32_t reserve(void* /*context*/, std::size_t bytes, std::byte** at) noexcept {
  void* place = VirtualAlloc(nullptr, bytes, MEM_RESERVE, PAGE_NOACCESS);
  if (place == nullptr) {
    return GetLastError();
  }
  *at = static_cast<std::byte*>(place);
  return 0;
}

std::uint32_t commit(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(VirtualAlloc(at, bytes, MEM_COMMIT, PAGE_READWRITE) != nullptr);
}

std::uint32_t release(void* /*context*/, std::byte* at, std::size_t /*bytes*/) noexcept {
  return error_unless(VirtualFree(at, 0, MEM_RELEASE) != 0);
}

std::uint32_t lock(void* /*context*/, std::byte* at, std::size_t bytes) noexcept {
  return error_unless(VirtualLock(at, bytes) != 0);
}

// Large pages must be reserved and committed in one call, which leaves no place for guards, and by somebody who may lock
// pages; nodes are named in that call as well.
std::uint32_t map_huge(void*, std::byte*, std::size_t, std::size_t) noexcept { return ERROR_NOT_SUPPORTED; }
std::uint32_t advise_huge(void*, std::byte*, std::size_t) noexcept { return ERROR_NOT_SUPPORTED; }
std::uint32_t populate(void*, std::byte*, std::size_t) noexcept { return ERROR_NOT_SUPPORTED; }
std::uint32_t bind_node(void*, std::byte*, std::size_t, std::size_t, bool) noexcept { return ERROR_NOT_SUPPORTED; }
std::uint32_t query_node(void*, const std::byte*, std::size_t*) noexcept { return ERROR_NOT_SUPPORTED; }

std::uint32_t read_file(void* /*context*/, const char* path, char* buffer, std::size_t size_bytes,
                        std::size_t* length_bytes) noexcept {
  const HANDLE file =
      CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, nullptr, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    return GetLastError();
  }
  constexpr std::size_t most_at_once = 1U << 20U;
  std::size_t length = 0;
  std::uint32_t failed = 0;
  while (length < size_bytes) {
    const std::size_t left = size_bytes - length;
    DWORD got = 0;
    if (ReadFile(file, buffer + length, static_cast<DWORD>(left < most_at_once ? left : most_at_once), &got, nullptr) ==
        0) {
      failed = GetLastError();
      break;
    }
    if (got == 0) {
      break;
    }
    length += got;
  }
  static_cast<void>(CloseHandle(file));
  *length_bytes = length;
  return failed;
}

std::uint32_t query_memory(void* /*context*/, system_memory_numbers* numbers) noexcept {
  MEMORYSTATUSEX status{};
  status.dwLength = sizeof status;
  if (GlobalMemoryStatusEx(&status) == 0) {
    return GetLastError();
  }
  PROCESS_MEMORY_COUNTERS process{};
  const bool is_known = K32GetProcessMemoryInfo(GetCurrentProcess(), &process, sizeof process) != 0;
  // What a process of 32 bits cannot count is the most that it can.
  const auto counted = [](DWORDLONG bytes) noexcept {
    return bytes < SIZE_MAX ? static_cast<std::size_t>(bytes) : SIZE_MAX;
  };
  *numbers = {counted(status.ullTotalPhys), counted(status.ullAvailPhys), is_known ? process.WorkingSetSize : 0};
  return 0;
}

constexpr system_calls native{nullptr,  query_number, reserve,   commit,     release,   map_huge,    advise_huge,
                              populate, lock,         bind_node, query_node, read_file, query_memory};

} // namespace

const system_calls& native_system_calls() noexcept { return native; }

bool is_unsupported(std::uint32_t system_error) noexcept {
  return system_error == ERROR_NOT_SUPPORTED || system_error == ERROR_INVALID_PARAMETER ||
         system_error == ERROR_CALL_NOT_IMPLEMENTED;
}

const char* name_of_system_error(std::uint32_t system_error) noexcept {
  switch (system_error) {
  case ERROR_FILE_NOT_FOUND: return "ERROR_FILE_NOT_FOUND";
  case ERROR_PATH_NOT_FOUND: return "ERROR_PATH_NOT_FOUND";
  case ERROR_ACCESS_DENIED: return "ERROR_ACCESS_DENIED";
  case ERROR_NOT_ENOUGH_MEMORY: return "ERROR_NOT_ENOUGH_MEMORY";
  case ERROR_NOT_SUPPORTED: return "ERROR_NOT_SUPPORTED";
  case ERROR_INVALID_PARAMETER: return "ERROR_INVALID_PARAMETER";
  case ERROR_CALL_NOT_IMPLEMENTED: return "ERROR_CALL_NOT_IMPLEMENTED";
  case ERROR_INVALID_ADDRESS: return "ERROR_INVALID_ADDRESS";
  case ERROR_WORKING_SET_QUOTA: return "ERROR_WORKING_SET_QUOTA";
  case ERROR_COMMITMENT_LIMIT: return "ERROR_COMMITMENT_LIMIT";
  default: return nullptr;
  }
}

} // namespace nebula::services

#endif
