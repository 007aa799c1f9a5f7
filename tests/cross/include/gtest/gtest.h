// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

/// As much of GoogleTest's interface as tests/unit needs, for processors without an operating system: no heap, no
/// streams, no exceptions, one thread. The names and macros are GoogleTest's. What it leaves out is not declared, so
/// that a test that needs it does not compile. Values are shown in a failure if they are numbers or text.

#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace testing {

/// Text of bounded length; what is longer is cut off.
class Message {
public:
  template <class Value>
  Message& operator<<(const Value& value) {
    if constexpr (std::is_same_v<Value, bool>) {
      add(value ? "true" : "false");
    } else if constexpr (std::is_same_v<Value, char>) {
      add_character(value);
    } else if constexpr (std::is_integral_v<Value>) {
      add_number(value);
    } else if constexpr (std::is_convertible_v<const Value&, const char*>) {
      add(value);
    } else if constexpr (has_text<Value>(0)) {
      add(value.c_str());
    } else if constexpr (has_name<Value>(0)) {
      add(name(value));
    } else if constexpr (std::is_enum_v<Value>) {
      add_number(static_cast<std::underlying_type_t<Value>>(value));
    } else if constexpr (std::is_pointer_v<Value>) {
      add_number(reinterpret_cast<std::uintptr_t>(value));
    } else {
      add("(value)");
    }
    return *this;
  }
  const char* text() const { return text_; }

private:
  template <class Value>
  static constexpr auto has_text(int) -> decltype(std::declval<const Value&>().c_str(), true) {
    return true;
  }
  template <class Value>
  static constexpr bool has_text(long) {
    return false;
  }
  template <class Value>
  static constexpr auto has_name(int) -> decltype(static_cast<const char*>(name(std::declval<const Value&>())), true) {
    return true;
  }
  template <class Value>
  static constexpr bool has_name(long) {
    return false;
  }
  void add_character(char character) {
    if (length_ + 1 < sizeof text_) {
      text_[length_++] = character;
    }
  }
  void add(const char* words) {
    for (; words != nullptr && *words != '\0'; ++words) {
      add_character(*words);
    }
  }
  template <class Number>
  void add_number(Number number) {
    char digits[24];
    std::size_t count = 0;
    const bool negative = number < Number{0};
    do {
      const int digit = static_cast<int>(number % 10);
      digits[count++] = static_cast<char>('0' + (digit < 0 ? -digit : digit));
      number = static_cast<Number>(number / 10);
    } while (number != 0);
    if (negative) {
      add_character('-');
    }
    while (count != 0) {
      add_character(digits[--count]);
    }
  }

  char text_[200] = {};
  std::size_t length_ = 0;
};

class AssertionResult {
public:
  explicit AssertionResult(bool holds) : holds_(holds) {}
  template <class Value>
  AssertionResult& operator<<(const Value& value) {
    why_ << value;
    return *this;
  }
  explicit operator bool() const { return holds_; }
  bool operator!() const { return !holds_; }
  const char* message() const { return why_.text(); }

private:
  bool holds_;
  Message why_;
};
inline AssertionResult AssertionSuccess() { return AssertionResult(true); }
inline AssertionResult AssertionFailure() { return AssertionResult(false); }

class Test {
public:
  virtual void SetUp() {}
  virtual void TearDown() {}
  virtual void TestBody() = 0;
  static bool HasFailure();
  static bool HasFatalFailure() { return HasFailure(); }

protected:
  ~Test() = default;
};

template <class Parameter>
class TestWithParam : public Test {
public:
  static const Parameter& GetParam() { return *parameter; }
  static inline const Parameter* parameter = nullptr;

protected:
  ~TestWithParam() = default;
};

template <class... Each>
struct Types {};

namespace internal {

/// One test, or a test for each of several types or parameters; linked into a list before main().
class entry {
public:
  entry(const char* suite, const char* test);
  virtual void run_all() = 0;
  const char* suite;
  const char* test;
  entry* next = nullptr;

protected:
  ~entry() = default;
};

void begin_test(const char* suite, const char* test, std::size_t number, bool is_one_of_several);
void end_test();
void tell_failure(const char* file, int line, const char* what, const char* why, const char* message);
void tell_skipped(const char* why);
/// Set while a statement is to die; whatever kills it jumps here.
std::jmp_buf* expect_death(std::jmp_buf* back);

template <class Each>
void run_one(const char* suite, const char* test, std::size_t number, bool is_one_of_several) {
  begin_test(suite, test, number, is_one_of_several);
  {
    Each each;
    each.SetUp();
    each.TestBody();
    each.TearDown();
  }
  end_test();
}

template <class Each>
class plain_entry final : public entry {
public:
  using entry::entry;
  void run_all() override { run_one<Each>(suite, test, 0, false); }
};

template <template <class> class Each, class List>
class typed_entry;
template <template <class> class Each, class... Type>
class typed_entry<Each, Types<Type...>> final : public entry {
public:
  using entry::entry;
  void run_all() override {
    std::size_t number = 0;
    (run_one<Each<Type>>(suite, test, number++, true), ...);
  }
};

template <class Suite>
struct parameter_entries {
  struct node {
    const char* test;
    void (*run)(const char* suite, const char* test, std::size_t number, bool is_one_of_several);
    node* next;
  };
  static inline node* first = nullptr;
  static bool add(node& each) {
    each.next = first;
    first = &each;
    return true;
  }
};

template <class Suite, class Values>
class instantiated_entry final : public entry {
public:
  instantiated_entry(const char* suite_name, const char* prefix, const Values& values)
      : entry(suite_name, prefix), values_(values) {}
  void run_all() override {
    std::size_t number = 0;
    for (std::size_t index = 0; index < values_.count; ++index) {
      for (auto* each = parameter_entries<Suite>::first; each != nullptr; each = each->next) {
        Suite::parameter = values_.first + index;
        each->run(suite, each->test, number++, true);
      }
    }
  }

private:
  Values values_;
};

template <class Value>
struct values_in {
  const Value* first;
  std::size_t count;
};

struct failure {
  const char* file;
  int line;
  const char* what;
  const char* why;
  void operator=(const Message& message) const { tell_failure(file, line, what, why, message.text()); }
};
struct skipped {
  void operator=(const Message& message) const { tell_skipped(message.text()); }
};

template <class Left, class Right>
AssertionResult differ(const Left& left, const Right& right) {
  AssertionResult result(false);
  result << left << " and " << right;
  return result;
}

} // namespace internal

inline internal::values_in<bool> Bool() {
  static const bool both[] = {false, true};
  return {both, 2};
}
template <class Value, std::size_t Count>
internal::values_in<Value> ValuesIn(const Value (&values)[Count]) {
  return {values, Count};
}

} // namespace testing

// A failure that ends the function is a `return` of the void that operator= gives, as in GoogleTest.
#define NEBULA_GTEST_CHECK_(ending, what, condition)               \
  switch (0)                                                       \
  case 0:                                                          \
  default:                                                         \
    if (const ::testing::AssertionResult gtest_result_{condition}) \
      ;                                                            \
    else                                                           \
      ending ::testing::internal::failure{__FILE__, __LINE__, what, gtest_result_.message()} = ::testing::Message()
#define NEBULA_GTEST_COMPARE_(ending, operation, left, right)                                               \
  NEBULA_GTEST_CHECK_(                                                                                      \
      ending, #left " " #operation " " #right, ([&](const auto& gtest_left_, const auto& gtest_right_) {    \
        return gtest_left_ operation gtest_right_ ? ::testing::AssertionSuccess()                           \
                                                  : ::testing::internal::differ(gtest_left_, gtest_right_); \
      }(left, right)))
#define NEBULA_GTEST_STRING_(ending, left, right, same)                                                       \
  NEBULA_GTEST_CHECK_(ending, #left " and " #right, ([&](const char* gtest_left_, const char* gtest_right_) { \
                        return (std::strcmp(gtest_left_, gtest_right_) == 0) == (same)                        \
                                   ? ::testing::AssertionSuccess()                                            \
                                   : ::testing::internal::differ(gtest_left_, gtest_right_);                  \
                      }(left, right)))

#define EXPECT_TRUE(condition) NEBULA_GTEST_CHECK_(, #condition, condition)
#define ASSERT_TRUE(condition) NEBULA_GTEST_CHECK_(return, #condition, condition)
#define EXPECT_FALSE(condition) NEBULA_GTEST_CHECK_(, "not " #condition, !(condition))
#define ASSERT_FALSE(condition) NEBULA_GTEST_CHECK_(return, "not " #condition, !(condition))
#define EXPECT_EQ(left, right) NEBULA_GTEST_COMPARE_(, ==, left, right)
#define ASSERT_EQ(left, right) NEBULA_GTEST_COMPARE_(return, ==, left, right)
#define EXPECT_NE(left, right) NEBULA_GTEST_COMPARE_(, !=, left, right)
#define ASSERT_NE(left, right) NEBULA_GTEST_COMPARE_(return, !=, left, right)
#define EXPECT_LT(left, right) NEBULA_GTEST_COMPARE_(, <, left, right)
#define ASSERT_LT(left, right) NEBULA_GTEST_COMPARE_(return, <, left, right)
#define EXPECT_LE(left, right) NEBULA_GTEST_COMPARE_(, <=, left, right)
#define ASSERT_LE(left, right) NEBULA_GTEST_COMPARE_(return, <=, left, right)
#define EXPECT_GT(left, right) NEBULA_GTEST_COMPARE_(, >, left, right)
#define ASSERT_GT(left, right) NEBULA_GTEST_COMPARE_(return, >, left, right)
#define EXPECT_GE(left, right) NEBULA_GTEST_COMPARE_(, >=, left, right)
#define ASSERT_GE(left, right) NEBULA_GTEST_COMPARE_(return, >=, left, right)
#define EXPECT_STREQ(left, right) NEBULA_GTEST_STRING_(, left, right, true)
#define ASSERT_STREQ(left, right) NEBULA_GTEST_STRING_(return, left, right, true)
#define EXPECT_STRNE(left, right) NEBULA_GTEST_STRING_(, left, right, false)
#define SUCCEED() static_cast<void>(0)
#define ADD_FAILURE() NEBULA_GTEST_CHECK_(, "failure", false)
#define FAIL() NEBULA_GTEST_CHECK_(return, "failure", false)
#define GTEST_SKIP() return ::testing::internal::skipped{} = ::testing::Message()

#if defined(__cpp_exceptions)
#define NEBULA_GTEST_THROW_(ending, statement, type)                \
  NEBULA_GTEST_CHECK_(ending, #statement " throws " #type, ([&]() { \
                      try {                                         \
                        statement;                                  \
                      } catch (const type&) {                       \
                        return ::testing::AssertionSuccess();       \
                      }                                             \
                      return ::testing::AssertionFailure();         \
                      }()))
#define EXPECT_THROW(statement, type) NEBULA_GTEST_THROW_(, statement, type)
#define ASSERT_THROW(statement, type) NEBULA_GTEST_THROW_(return, statement, type)
#endif

// The statement must trap: the processor's fault handler jumps back here. It leaves no destructor undone that matters.
#define NEBULA_GTEST_DEATH_(ending, statement)                                                              \
  NEBULA_GTEST_CHECK_(ending, #statement " dies", ([&]() {                                                  \
                        std::jmp_buf gtest_back_;                                                           \
                        std::jmp_buf* const gtest_outer_ = ::testing::internal::expect_death(&gtest_back_); \
                        if (setjmp(gtest_back_) == 0) {                                                     \
                          statement;                                                                        \
                          ::testing::internal::expect_death(gtest_outer_);                                  \
                          return ::testing::AssertionFailure();                                             \
                        }                                                                                   \
                        ::testing::internal::expect_death(gtest_outer_);                                    \
                        return ::testing::AssertionSuccess();                                               \
                      }()))
#define EXPECT_DEATH(statement, text) NEBULA_GTEST_DEATH_(, statement)
#define ASSERT_DEATH(statement, text) NEBULA_GTEST_DEATH_(return, statement)

#define NEBULA_GTEST_NAME_(suite, test) suite##_##test##_Test
#define NEBULA_GTEST_TEST_(suite, test, fixture)                                                                  \
  class NEBULA_GTEST_NAME_(suite, test) final : public fixture {                                                  \
  public:                                                                                                         \
    void TestBody() override;                                                                                     \
  };                                                                                                              \
  static ::testing::internal::plain_entry<NEBULA_GTEST_NAME_(suite, test)> suite##_##test##_entry(#suite, #test); \
  void NEBULA_GTEST_NAME_(suite, test)::TestBody()
#define TEST(suite, test) NEBULA_GTEST_TEST_(suite, test, ::testing::Test)
#define TEST_F(suite, test) NEBULA_GTEST_TEST_(suite, test, suite)

#define TYPED_TEST_SUITE(suite, types, ...) using gtest_types_of_##suite = types
#define TYPED_TEST(suite, test)                                                                    \
  template <class TypeParam>                                                                       \
  class NEBULA_GTEST_NAME_(suite, test) final : public suite<TypeParam> {                          \
  public:                                                                                          \
    using TestFixture = suite<TypeParam>;                                                          \
    void TestBody() override;                                                                      \
  };                                                                                               \
  static ::testing::internal::typed_entry<NEBULA_GTEST_NAME_(suite, test), gtest_types_of_##suite> \
      suite##_##test##_entry(#suite, #test);                                                       \
  template <class TypeParam>                                                                       \
  void NEBULA_GTEST_NAME_(suite, test)<TypeParam>::TestBody()

#define TEST_P(suite, test)                                                            \
  class NEBULA_GTEST_NAME_(suite, test) final : public suite {                         \
  public:                                                                              \
    void TestBody() override;                                                          \
  };                                                                                   \
  static ::testing::internal::parameter_entries<suite>::node suite##_##test##_node{    \
      #test, &::testing::internal::run_one<NEBULA_GTEST_NAME_(suite, test)>, nullptr}; \
  static const bool suite##_##test##_added =                                           \
      ::testing::internal::parameter_entries<suite>::add(suite##_##test##_node);       \
  void NEBULA_GTEST_NAME_(suite, test)::TestBody()
#define INSTANTIATE_TEST_SUITE_P(prefix, suite, values, ...)                                                        \
  static ::testing::internal::instantiated_entry<suite, decltype(values)> suite##_##prefix##_entry(#suite, #prefix, \
                                                                                                   values)
