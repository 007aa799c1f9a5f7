# SPDX-License-Identifier: Apache-2.0 OR MIT
# What must not compile, and what the compiler is to say: the field's name. The same program without the expression must compile, so that
# it is the expression that is refused; and a builder that forgets the check must be seen to.

separate_arguments(compile_fail_flags NATIVE_COMMAND "${CMAKE_CXX_FLAGS}")
set(compile_fail ${CMAKE_CXX_COMPILER} ${compile_fail_flags} -std=c++17 -fsyntax-only -I ${PROJECT_SOURCE_DIR}/include)
set(compile_fail_program ${CMAKE_CURRENT_SOURCE_DIR}/builder_compile_fail.cpp)
unit_check(compile_fail.program_without_the_expression ${compile_fail} ${compile_fail_program})

# name|expression|what the compiler says
set(compile_fail_cases
  "bump_without_storage|bump_builder{}.build()|storage is required"
  "stack_without_storage|stack_builder{}.build()|storage is required"
  "pool_without_storage|pool_builder{}.block_size_bytes(16).build()|storage is required"
  "pool_without_block_size|pool_builder{}.storage(bytes).block_count(4).build()|block_size_bytes is required"
  "local_pool_without_storage|local_pool_builder{}.block_size_bytes(16).build()|storage is required"
  "local_pool_without_block_size|local_pool_builder{}.storage(bytes).build()|block_size_bytes is required"
  "segregated_without_storage|segregated_builder{}.classes(classes).build()|storage is required"
  "segregated_without_classes|segregated_builder{}.storage(bytes).build()|classes is required"
  "local_segregated_without_storage|local_segregated_builder{}.classes(classes).build()|storage is required"
  "local_segregated_without_classes|local_segregated_builder{}.storage(bytes).build()|classes is required"
  "arena_without_source|arena_builder{}.chunk_bytes(256).build()|source is required"
  "arena_without_chunk_bytes|arena_builder{}.source({}).build()|chunk_bytes is required"
  "source_twice|grown.source({}).build()|source is given twice"
  "chunk_bytes_twice|grown.chunk_bytes(256).build()|chunk_bytes is given twice"
  "growth_twice|grown.growth({}).build()|growth is given twice"
  "growth_bytes_twice|grown.growth_bytes(1).build()|growth_bytes is given twice"
  "capacity_max_bytes_twice|grown.capacity_max_bytes(1).build()|capacity_max_bytes is given twice"
  "track_allocations_twice|grown.track_allocations(true).build()|track_allocations is given twice"
  "budget_without_limit|budget_builder{}.block_limit_bytes(1).build()|limit_bytes is required"
  "local_budget_without_limit|local_budget_builder{}.build()|limit_bytes is required"
  "limit_bytes_twice|limited.limit_bytes(1).build()|limit_bytes is given twice"
  "block_limit_bytes_twice|limited.block_limit_bytes(1).build()|block_limit_bytes is given twice"
  "high_percent_twice|limited.high_percent(1).build()|high_percent is given twice"
  "critical_percent_twice|limited.critical_percent(1).build()|critical_percent is given twice"
  "parent_twice|limited.parent(root).build()|parent is given twice"
  "level_of_a_budget|limited.level({}).build()|level.*budget_config"
  "storage_twice|bump.storage(bytes).build()|storage is given twice"
  "block_size_twice|pool.block_size_bytes(16).build()|block_size_bytes is given twice"
  "block_align_twice|pool.block_align_bytes(8).build()|block_align_bytes is given twice"
  "block_count_twice|pool.block_count(4).build()|block_count is given twice"
  "cache_count_twice|pool.cache_count(2).build()|cache_count is given twice"
  "classes_twice|segregated.classes(classes).build()|classes is given twice"
  "fallback_classes_twice|segregated.fallback_classes(1).build()|fallback_classes is given twice"
  "preset_twice|bump.preset(settings::development()).build()|preset is given twice"
  "hook_twice|bump.hook({}).build()|hook is given twice"
  "level_twice|bump.level({}).build()|level is given twice"
  "field_of_another_allocator|bump.block_size_bytes(16).build()|block_size_bytes.*bump_config"
  "pointer_out_of_a_scope|with_scope(scratch, allocate)|must not lead into the scope")
foreach(case IN LISTS compile_fail_cases)
  string(REPLACE "|" ";" parts "${case}")
  list(GET parts 0 name)
  list(GET parts 1 expression)
  list(GET parts 2 caught)
  unit_check_twin(compile_fail.${name} "error:.*${caught}" ${compile_fail} "-DNEBULA_EXPRESSION=${expression}" ${compile_fail_program})
endforeach()

# A builder that lets a missing field pass, and one that lets a field be given twice.
foreach(twin "missing_field_ignored|pool_builder{}.storage(bytes).build()" "field_given_twice|pool.block_count(4).build()")
  string(REPLACE "|" ";" parts "${twin}")
  list(GET parts 0 name)
  list(GET parts 1 expression)
  unit_check_twin(compile_fail.twin.${name} "the seeded bug was NOT caught"
    ${CMAKE_COMMAND} -DCAUGHT=error: -P ${PROJECT_SOURCE_DIR}/cmake/expect_caught.cmake --
    ${CMAKE_CXX_COMPILER} ${compile_fail_flags} -std=c++17 -fsyntax-only -I ${PROJECT_BINARY_DIR}/twins/${name}
    -I ${PROJECT_SOURCE_DIR}/include "-DNEBULA_EXPRESSION=${expression}" ${compile_fail_program})
endforeach()
