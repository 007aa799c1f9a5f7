# SPDX-License-Identifier: Apache-2.0 OR MIT
# Caches beside their peers, and how often they hit. docs/services/cache.md.
if(NOT TARGET nebula::services OR NOT NEBULA_SERVICE_CACHE)
  return()
endif()
find_path(NEBULA_BENCH_MULTI_INDEX boost/multi_index_container.hpp)
nebula_executable(cache_bench cache.cpp LINK nebula::services Threads::Threads)
target_include_directories(cache_bench PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(cache_bench PRIVATE NEBULA_BENCH_HAS_MULTI_INDEX=$<BOOL:${NEBULA_BENCH_MULTI_INDEX}>)

set_source_files_properties(cache.cpp PROPERTIES COMPILE_OPTIONS $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference>) # Boost's nodes, which g++ takes for null

# The crate `lru` as Debian packages it, built by Debian's compiler without a network, from a copy: cargo writes beside its sources.
find_program(NEBULA_BENCH_CARGO cargo PATHS /usr/bin NO_DEFAULT_PATH)
find_program(NEBULA_BENCH_RUSTC rustc PATHS /usr/bin NO_DEFAULT_PATH)
file(GLOB lru_crate /usr/share/cargo/registry/lru-0.7*)
if(NEBULA_BENCH_CARGO AND NEBULA_BENCH_RUSTC AND lru_crate)
  set(crate ${CMAKE_CURRENT_BINARY_DIR}/lru_crate)
  add_custom_command(OUTPUT ${crate}/target/release/liblru_peer.a
    COMMAND ${CMAKE_COMMAND} -E copy_directory ${CMAKE_CURRENT_SOURCE_DIR}/lru_crate ${crate}
    COMMAND ${CMAKE_COMMAND} -E chdir ${crate} ${CMAKE_COMMAND} -E env RUSTC=${NEBULA_BENCH_RUSTC} CARGO_HOME=${crate}/.cargo_home
      ${NEBULA_BENCH_CARGO} build --quiet --release --offline
    DEPENDS lru_crate/Cargo.toml lru_crate/src/lib.rs lru_crate/.cargo/config.toml VERBATIM)
  add_custom_target(lru_peer DEPENDS ${crate}/target/release/liblru_peer.a)
  add_dependencies(cache_bench lru_peer)
  target_link_libraries(cache_bench PRIVATE ${crate}/target/release/liblru_peer.a ${CMAKE_DL_LIBS})
  target_compile_definitions(cache_bench PRIVATE NEBULA_BENCH_HAS_LRU_CRATE=1)
else()
  message(STATUS "nebula: cache_bench goes without the crate lru (librust-lru-dev, rustc, cargo)")
  target_compile_definitions(cache_bench PRIVATE NEBULA_BENCH_HAS_LRU_CRATE=0)
endif()

nebula_executable(cache_hits cache_hits.cpp LINK nebula::services)
target_include_directories(cache_hits PRIVATE ${PROJECT_SOURCE_DIR})
target_compile_definitions(cache_hits PRIVATE NEBULA_CACHE_TRACES="${PROJECT_SOURCE_DIR}/tests/services/cache/traces")

# It ends well iff all columns of LRU have the same hits.
add_test(NAME bench.caches_have_the_same_hits COMMAND cache_bench 1)
set_tests_properties(bench.caches_have_the_same_hits PROPERTIES LABELS bench TIMEOUT 300)
