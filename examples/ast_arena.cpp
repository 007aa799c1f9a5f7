// SPDX-License-Identifier: Apache-2.0 OR MIT
// A parser of arithmetic whose tree lives in an arena. Each node is made where
// the last one ended, no node is freed by itself, and the whole tree goes at once: at the mark that was set before it was parsed. What can
// go wrong is a value: an expression that is none, a number that is none, one nested too deeply, and an arena that is full.
//
//   example_ast_arena                 its own expressions, with what they must give
//   example_ast_arena '2 * (3 + 4)'   yours
#include <array>
#include <charconv>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <variant>

#include <nebula/nebula.hpp>

namespace {

using arena_type = nebula::bump_allocator;

enum class operation : char { add = '+', subtract = '-', multiply = '*', divide = '/', negate = '~' };

struct node;
/// A number, or an operation on one node or two. Trivial, so that a tree needs no destructor, and an arena no records.
struct node {
  operation what = operation::add;
  const node* left = nullptr; ///< null iff a number
  const node* right = nullptr;
  double number = 0;
};

/// Where and why an expression is none.
struct mistake {
  std::size_t place = 0;
  const char* what = nullptr;
};
using parsed = std::variant<const node*, mistake>;

/// Recursive descent, one function for each level of precedence:
///
///     sum     = product { ("+" | "-") product }
///     product = factor { ("*" | "/") factor }
///     factor  = number | "(" sum ")" | "-" factor
class parser {
public:
  /// The nodes are made in the arena, which outlives them.
  parser(std::string_view text, arena_type& arena) : text_(text), nodes_(arena) {}

  parsed parse() {
    const parsed whole = sum();
    if (std::holds_alternative<mistake>(whole)) {
      return whole;
    }
    skip_blanks();
    return at_ == text_.size() ? whole : wrong("an operator was expected");
  }

private:
  static constexpr unsigned depth_max = 200; // what nests deeper is refused, before the stack of calls is what ends

  parsed sum() {
    return chain("+-", [this] { return product(); });
  }
  parsed product() {
    return chain("*/", [this] { return factor(); });
  }
  template <class Operand>
  parsed chain(std::string_view operators, Operand operand) {
    parsed left = operand();
    for (;;) {
      skip_blanks();
      const bool goes_on = at_ < text_.size() && operators.find(text_[at_]) != std::string_view::npos;
      if (!goes_on || std::holds_alternative<mistake>(left)) {
        return left;
      }
      const auto what = static_cast<operation>(text_[at_++]);
      const parsed right = operand();
      if (std::holds_alternative<mistake>(right)) {
        return right;
      }
      left = make({what, std::get<const node*>(left), std::get<const node*>(right), 0});
    }
  }
  parsed factor() {
    skip_blanks();
    if (at_ == text_.size()) {
      return wrong("a number was expected, and the text ends");
    }
    if (text_[at_] != '(' && text_[at_] != '-') {
      return number();
    }
    if (++depth_ > depth_max) {
      return wrong("nested too deeply");
    }
    const bool negates = text_[at_++] == '-';
    const parsed inner = negates ? factor() : sum();
    --depth_;
    if (std::holds_alternative<mistake>(inner)) {
      return inner;
    }
    if (negates) {
      return make({operation::negate, std::get<const node*>(inner), nullptr, 0});
    }
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != ')') {
      return wrong("a ) was expected");
    }
    ++at_;
    return inner;
  }
  parsed number() {
    double value = 0;
    const std::string_view rest = text_.substr(at_);
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error == std::errc::result_out_of_range) {
      return wrong("the number is too large");
    }
    if (error != std::errc()) {
      return wrong("a number was expected");
    }
    at_ += static_cast<std::size_t>(end - rest.data());
    return make({operation::add, nullptr, nullptr, value});
  }

  parsed make(const node& made) {
    const auto place = nodes_.emplace(made);
    if (!place.has_value()) {
      return mistake{at_, place.code() == nebula::error_code::exhausted ? "the arena is full" : name(place.code())};
    }
    return static_cast<const node*>(place.value());
  }
  [[nodiscard]] mistake wrong(const char* what) const { return {at_, what}; }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
  }

  std::string_view text_;
  nebula::typed_arena<node, arena_type> nodes_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

double value_of(const node& tree) {
  if (tree.left == nullptr) {
    return tree.number;
  }
  const double left = value_of(*tree.left);
  const double right = tree.right == nullptr ? 0 : value_of(*tree.right);
  switch (tree.what) {
  case operation::add: return left + right;
  case operation::subtract: return left - right;
  case operation::multiply: return left * right;
  case operation::divide: return left / right;
  case operation::negate: break;
  }
  return -left;
}

/// The value, or where the expression is wrong, in words.
std::string evaluate(std::string_view text, arena_type& arena) {
  parser parsing(text, arena); // its end gives all nodes back
  const parsed tree = parsing.parse();
  if (const mistake* const wrong = std::get_if<mistake>(&tree); wrong != nullptr) {
    std::string words = "at ";
    words += std::to_string(wrong->place);
    words += ": ";
    words += wrong->what;
    return words;
  }
  std::array<char, 64> digits{};
  const double value = value_of(*std::get<const node*>(tree));
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

struct expectation {
  std::string_view text;
  std::string_view result;
};
constexpr expectation expectations[] = {
    {"1 + 2 * 3", "7"},
    {"(1 + 2) * 3", "9"},
    {"8 / 4 / 2", "1"}, // from the left
    {"2 - -(3 - 5)", "0"},
    {"1.5e3 * 2", "3000"},
    {"", "at 0: a number was expected, and the text ends"},
    {"1 +", "at 3: a number was expected, and the text ends"},
    {"1 + * 2", "at 4: a number was expected"},
    {"(1 + 2", "at 6: a ) was expected"},
    {"1 2", "at 2: an operator was expected"},
    {"1e999", "at 0: the number is too large"},
};

} // namespace

int main(int argument_count, char** arguments) {
  static std::array<std::byte, 4096> storage;
  nebula::bump_config config;
  config.storage = {storage.data(), storage.size()};
  const auto plan = config.validate();
  if (!plan.has_value()) {
    return EXIT_FAILURE;
  }
  arena_type arena(plan.value());
  if (argument_count > 1) {
    std::printf("%s\n", evaluate(arguments[1], arena).c_str());
    return EXIT_SUCCESS;
  }

  bool is_right = true;
  const auto expect = [&](std::string_view text, std::string_view wanted) {
    const std::string result = evaluate(text, arena);
    const bool all_given_back = arena.state().live_blocks == 0 && arena.state().used_bytes == 0;
    const bool same = result == wanted && all_given_back;
    std::printf("%-6s  %.*s  ->  %s\n", same ? "right" : "WRONG", static_cast<int>(text.size() < 30 ? text.size() : 30),
                text.data(), result.c_str());
    is_right = is_right && same;
  };
  for (const expectation& each : expectations) {
    expect(each.text, each.result);
  }
  std::string deep(300, '(');
  expect(deep, "at 200: nested too deeply");
  std::string wide = "1";
  for (int term = 0; term < 200; ++term) {
    wide += " + 1";
  }
  const std::string full = evaluate(wide, arena);
  const bool is_full = full.find("the arena is full") != std::string::npos;
  std::printf("%-6s  201 terms in 4 KiB  ->  %s\n", is_full ? "right" : "WRONG", full.c_str());
  expect("6 * 7", "42"); // and the arena is as good as new
  std::printf("the most that an expression took: %zu of %zu bytes\n", arena.state().peak_bytes,
              arena.state().capacity_bytes);
  return is_right && is_full ? EXIT_SUCCESS : EXIT_FAILURE;
}
