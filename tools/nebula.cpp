// SPDX-License-Identifier: Apache-2.0 OR MIT
// The command `nebula`: record, inspect, replay.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <system_error>
#include <vector>

#include "tools/common/text.hpp"
#include "tools/inspect/profile.hpp"
#include "tools/inspect/report.hpp"
#include "tools/record/launcher.hpp"
#include "tools/replay/replay.hpp"
#include "tools/replay/report.hpp"
#include "tools/trace/reader.hpp"

namespace {

constexpr int success_status = 0;
constexpr int not_intact_status = 1;
constexpr int bad_input_status = 2;

struct trace_options {
  std::vector<std::string> paths;
  bool allows_truncated = false;
  bool has_json = false;
  bool shows_progress = false;
};

void add_trace_options(CLI::App& command, trace_options& options) {
  command.add_option("FILE", options.paths, "trace files (.ntrace)")->required();
  command.add_flag("--allow-truncated", options.allows_truncated, "read what there is of a file that was cut short");
  command.add_flag("--json", options.has_json, "print JSON instead of tables");
  command.add_flag("--progress", options.shows_progress, "show progress even if stderr is no terminal");
}

// Runs `work` on each trace. A trace that cannot be used gets one line and does not keep the others from being done.
int for_each_trace(const char* command, const trace_options& options,
                   const std::function<void(const std::string&, const nebula::trace::trace_image&)>& work) {
  int status = success_status;
  for (const std::string& path : options.paths) {
    const auto complain = [&](const std::string& problem) {
      std::cerr << "nebula " << command << ": " << nebula::text::printable(path) << ": " << problem << '\n';
      status = bad_input_status;
    };
    try {
      const auto bytes = nebula::trace::read_file(path);
      const nebula::trace::trace_image image(
          bytes, options.allows_truncated ? nebula::trace::cut_files::accept : nebula::trace::cut_files::refuse);
      work(path, image);
    } catch (const nebula::trace::trace_error& problem) {
      complain("at byte " + std::to_string(problem.offset()) + ": " + problem.what());
    } catch (const std::system_error& problem) {
      complain(problem.code().message());
    } catch (const std::bad_alloc&) {
      complain("not enough memory to read it");
    } catch (const std::length_error& problem) {
      complain(problem.what());
    }
  }
  return status;
}

int inspect(const trace_options& options) {
  const bool shows_progress = nebula::text::should_show_progress(options.shows_progress);
  bool is_first = true;
  return for_each_trace("inspect", options, [&](const std::string& path, const nebula::trace::trace_image& image) {
    const nebula::inspect::profile seen = nebula::inspect::make_profile(image, shows_progress);
    if (options.has_json) {
      nebula::inspect::print_json(std::cout, path, image, seen);
    } else {
      std::cout << (is_first ? "" : "\n");
      nebula::inspect::print_report(std::cout, path, image, seen);
    }
    is_first = false;
  });
}

bool has_colour() {
  const char* const no_colour = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0');
}

int replay(const trace_options& options, nebula::replay::options wanted, const std::vector<std::string>& through) {
  wanted.shows_progress = nebula::text::should_show_progress(options.shows_progress);
  std::vector<nebula::replay::replayed_trace> replayed;
  const int status =
      for_each_trace("replay", options, [&](const std::string& path, const nebula::trace::trace_image& image) {
        for (const std::string& name : through) {
          wanted.through = name;
          replayed.push_back({path, image.header().program_name, image.header().ending, image.is_cut(),
                              image.header().dropped_events, nebula::replay::replay_trace(image, wanted)});
        }
      });
  if (options.has_json) {
    nebula::replay::print_json(std::cout, replayed, status == success_status);
  } else if (!replayed.empty()) {
    nebula::replay::print_report(std::cout, replayed, has_colour());
  }
  bool is_intact = true;
  for (const nebula::replay::replayed_trace& each : replayed) {
    is_intact = is_intact && each.result.found.is_intact();
  }
  return status != success_status ? status : is_intact ? success_status : not_intact_status;
}

int record(const nebula::record::launch_options& options) {
  try {
    return nebula::record::run_recorded(options);
  } catch (const std::exception& problem) {
    std::cerr << "nebula record: " << problem.what() << '\n';
    return bad_input_status;
  }
}

// One line that names what was wrong, where CLI11's own words do not.
std::string usage_problem(const CLI::App& app, int argument_count, char** arguments, const std::string& problem) {
  const std::string first = argument_count > 1 ? arguments[1] : "";
  const bool is_none = app.get_subcommands([&](const CLI::App* each) { return each->get_name() == first; }).empty();
  if (!first.empty() && first.front() != '-' && is_none) {
    return "no subcommand '" + nebula::text::printable(first) + "'; there are record, inspect and replay";
  }
  if (first == "record" && problem.find("not expected") != std::string::npos) {
    return nebula::text::printable(problem) + "; PROGRAM and its arguments come after --";
  }
  return nebula::text::printable(problem);
}

int run(int argument_count, char** arguments) {
  CLI::App app(
      "Records what programs allocate, and replays it through the Nebula kernel.\n"
      "Exit status: 0 all well, 1 a replay is not intact, 2 bad input or usage; record: the program's own.",
      "nebula");
  app.require_subcommand(1);

  nebula::record::launch_options launch;
  bool records_children = true;
  CLI::App* const record_command =
      app.add_subcommand("record", "run PROGRAM and write each of its allocations to FILE.ntrace");
  record_command
      ->add_option("-o,--output", launch.output,
                   "FILE: the program's trace is FILE.ntrace, its children's FILE.<pid>.ntrace")
      ->required();
  record_command->add_option("--children", records_children, "record child processes, too (yes or no; default yes)");
  record_command->add_option("--library", launch.library, "the recorder library, if it is not found by itself");
  record_command->add_option("PROGRAM", launch.program, "program and arguments, after --")->required();

  trace_options inspected;
  CLI::App* const inspect_command =
      app.add_subcommand("inspect", "say what a trace holds, and which kernel allocator suits the program");
  add_trace_options(*inspect_command, inspected);

  trace_options replayed;
  nebula::replay::options wanted;
  std::string threads = "recorded";
  bool has_no_timing = false;
  CLI::App* const replay_command =
      app.add_subcommand("replay", "repeat a trace in a kernel allocator sized for it, with contents verified");
  add_trace_options(*replay_command, replayed);
  const auto names = nebula::replay::allocator_names();
  std::vector<std::string> through{std::string(names.front())};
  replay_command
      ->add_option("--through", through, "the allocator, or several, one after the other: A,B,… (default: segregated)")
      ->delimiter(',')
      ->check(CLI::IsMember(std::vector<std::string>(names.begin(), names.end())));
  replay_command
      ->add_option("--threads", threads, "recorded: a thread for each recorded one, in turns; one: a single thread")
      ->check(CLI::IsMember({"recorded", "one"}))
      ->capture_default_str();
  replay_command
      ->add_option("--check-every", wanted.check_every_events,
                   "events between two walks of all invariants (default: 65536, more if the plan has more blocks)")
      ->check(CLI::Validator(
          [](const std::string& text) {
            return text == "0" ? std::string("0 events; 1 or more are possible") : std::string();
          },
          "POSITIVE"));
  replay_command
      ->add_option("--max-storage", wanted.max_storage_bytes,
                   "refuse a trace that needs more, as in 512MB (default: three quarters of the memory)")
      ->transform(CLI::AsSizeValue(false));
  replay_command->add_flag("--no-timing", has_no_timing, "leave out the pass that times the allocator alone");

  try {
    app.parse(argument_count, arguments);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& problem) {
    std::cerr << "nebula: " << usage_problem(app, argument_count, arguments, problem.what())
              << " (see nebula --help)\n";
    return bad_input_status;
  }
  if (record_command->parsed()) {
    launch.has_children = records_children;
    return record(launch);
  }
  if (inspect_command->parsed()) {
    return inspect(inspected);
  }
  wanted.threads = threads == "one" ? nebula::replay::threading::one : nebula::replay::threading::recorded;
  wanted.has_timing = !has_no_timing;
  return replay(replayed, wanted, through);
}

} // namespace

int main(int argument_count, char** arguments) {
  try {
    return run(argument_count, arguments);
  } catch (const std::exception& problem) {
    std::cerr << "nebula: " << problem.what() << '\n';
    return bad_input_status;
  }
}
