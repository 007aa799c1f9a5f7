// SPDX-License-Identifier: Apache-2.0 OR MIT
#include "tools/record/launcher.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <system_error>

#include "tools/common/text.hpp"
#include "tools/record/environment.hpp"
#include "tools/trace/reader.hpp"

namespace nebula::record {
namespace {

namespace fs = std::filesystem;

constexpr int not_executable_status = 126;
constexpr int not_found_status = 127;

// Absolute, as the program may change its directory; without the suffix.
fs::path output_prefix(const std::string& output) {
  std::string text = fs::absolute(output).string();
  if (text.ends_with(trace_suffix)) {
    text.resize(text.size() - std::strlen(trace_suffix));
  }
  const fs::path prefix(text);
  if (!prefix.has_filename() || text.ends_with('/')) {
    throw std::runtime_error("-o " + output + ": a file name is needed");
  }
  if (!fs::is_directory(prefix.parent_path())) {
    throw std::runtime_error("-o " + output + ": " + prefix.parent_path().string() + " is no directory");
  }
  if (access(prefix.parent_path().c_str(), W_OK | X_OK) != 0) {
    throw std::runtime_error("-o " + output + ": cannot write to " + prefix.parent_path().string());
  }
  if (text.find_first_of("\n") != std::string::npos) {
    throw std::runtime_error("-o: a line break in the file name");
  }
  return prefix;
}

// NAME.ntrace, NAME.<number>.ntrace or NAME.<number>.<number>.ntrace: what a recording with this prefix writes.
bool is_trace_of(const std::string& file, const std::string& name) {
  const std::string suffix(trace_suffix);
  if (!file.starts_with(name) || !file.ends_with(suffix) || file.size() < name.size() + suffix.size()) {
    return false;
  }
  const std::string middle = file.substr(name.size(), file.size() - name.size() - suffix.size());
  return middle.empty() ||
         (middle.front() == '.' && middle.back() != '.' && std::count(middle.begin(), middle.end(), '.') <= 2 &&
          middle.find("..") == std::string::npos && middle.find_first_not_of(".0123456789") == std::string::npos);
}

std::vector<fs::path> traces_of(const fs::path& prefix) {
  std::vector<fs::path> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(prefix.parent_path())) {
    if (entry.is_regular_file() && is_trace_of(entry.path().filename().string(), prefix.filename().string())) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end(), [](const fs::path& left, const fs::path& right) {
    return std::pair(left.string().size(), left.string()) < std::pair(right.string().size(), right.string());
  });
  return found;
}

fs::path find_library(const std::string& wanted) {
  if (!wanted.empty()) {
    if (!fs::is_regular_file(wanted)) {
      throw std::runtime_error("--library " + wanted + ": no such file");
    }
    return fs::absolute(wanted);
  }
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& place : {here / "../lib", here / "../lib/nebula", here}) {
    if (fs::is_regular_file(place / recorder_library_name)) {
      return fs::canonical(place / recorder_library_name);
    }
  }
  throw std::runtime_error(std::string(recorder_library_name) +
                           " is neither beside the command nor in ../lib; --library names it");
}

void set_environment(const fs::path& prefix, const fs::path& library, bool has_children) {
  const char* const former = std::getenv("LD_PRELOAD");
  const std::string preload =
      library.string() + (former != nullptr && *former != '\0' ? ":" + std::string(former) : "");
  setenv("LD_PRELOAD", preload.c_str(), 1);
  setenv(file_prefix_variable, prefix.c_str(), 1);
  if (has_children) {
    unsetenv(only_process_variable);
  } else {
    setenv(only_process_variable, std::to_string(getpid()).c_str(), 1);
  }
}

[[noreturn]] void become_program(const std::vector<std::string>& program, int failure_pipe) {
  std::vector<char*> arguments;
  for (const std::string& argument : program) {
    arguments.push_back(const_cast<char*>(argument.c_str())); // execvp promises not to write there
  }
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  const int reason = errno;
  static_cast<void>(write(failure_pipe, &reason, sizeof reason) ==
                    0); // if even this fails, the exit status is all that is left
  _exit(not_found_status);
}

volatile std::sig_atomic_t program_process_id = 0;

void forward_signal(int signal) { kill(program_process_id, signal); }

// The terminal sends interrupts to the program as well, and it decides; what is sent to this command alone is handed
// on.
void set_signals(pid_t program) {
  program_process_id = program;
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGQUIT, SIG_IGN);
  std::signal(SIGTERM, forward_signal);
  std::signal(SIGHUP, forward_signal);
}

int wait_for(pid_t program) {
  int status = 0;
  while (waitpid(program, &status, 0) < 0) {
    if (errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "waiting for the program");
    }
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct counted_trace {
  std::uint64_t events = 0;
  std::size_t threads = 0;
  std::string program;
  std::string note;
};

counted_trace count_events(const fs::path& path) {
  counted_trace counted;
  try {
    const auto bytes = trace::read_file(path.string());
    const trace::trace_image image(bytes);
    counted.threads = image.threads().size();
    counted.program = fs::path(image.header().program_name).filename().string();
    counted.note = image.header().ending == trace::ending::exited     ? "exited"
                   : image.header().ending == trace::ending::executed ? "executed another program"
                                                                      : "no close record: killed, or runs still";
    if (image.header().dropped_events != 0) {
      counted.note += "; " + text::count(image.header().dropped_events) + " events dropped";
    }
    trace::event_reader events(image);
    trace::event item{};
    std::size_t thread = 0;
    while (events.next(item, thread)) {
      ++counted.events;
    }
  } catch (const trace::trace_error& problem) {
    counted.note = "not readable at byte " + std::to_string(problem.offset()) + ": " + problem.what();
  }
  return counted;
}

void print_traces(const fs::path& prefix) {
  const std::vector<fs::path> traces = traces_of(prefix);
  if (traces.empty()) {
    std::cerr << "nebula record: no trace was written: the program is statically linked or set-user-ID, or cleared its "
                 "environment\n";
    return;
  }
  text::table table({{"trace", text::alignment::left},
                     {"program", text::alignment::left},
                     {"events", text::alignment::right},
                     {"threads", text::alignment::right},
                     {"bytes", text::alignment::right},
                     {"end", text::alignment::left}});
  for (const fs::path& path : traces) {
    const counted_trace counted = count_events(path);
    table.add({text::printable(path.filename().string()), text::printable(counted.program), text::count(counted.events),
               text::count(counted.threads), text::count(fs::file_size(path)), counted.note});
  }
  std::cerr << "nebula record: traces in " << text::printable(prefix.parent_path().string()) << '\n';
  table.print(std::cerr);
}

} // namespace

int run_recorded(const launch_options& options) {
  const fs::path prefix = output_prefix(options.output);
  const fs::path library = find_library(options.library);
  if (library.string().find_first_of(" :") != std::string::npos) {
    throw std::runtime_error("the recorder's path has a space or a colon, which the dynamic linker cannot preload: " +
                             library.string());
  }
  for (const fs::path& stale : traces_of(prefix)) {
    fs::remove(stale);
  }
  std::array<int, 2> failure_pipe{};
  if (pipe2(failure_pipe.data(), O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe");
  }
  const pid_t program = fork();
  if (program < 0) {
    throw std::system_error(errno, std::generic_category(), "fork");
  }
  if (program == 0) {
    close(failure_pipe[0]);
    set_environment(prefix, library, options.has_children);
    become_program(options.program, failure_pipe[1]);
  }
  close(failure_pipe[1]);
  set_signals(program);
  int reason = 0;
  const bool has_failed = read(failure_pipe[0], &reason, sizeof reason) == static_cast<ssize_t>(sizeof reason);
  close(failure_pipe[0]);
  const int status = wait_for(program);
  if (has_failed) {
    std::cerr << "nebula record: cannot run '" << text::printable(options.program.front())
              << "': " << std::strerror(reason) << '\n';
    return reason == ENOENT ? not_found_status : not_executable_status;
  }
  print_traces(prefix);
  return status;
}

} // namespace nebula::record
