// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstdint>
#include <string_view>

namespace nebula::litmus {

/// What is known of a test: whether C++ allows an execution that the condition describes.
enum class known : std::uint8_t { forbidden, allowed, race };

struct litmus_test {
  std::string_view name;
  std::string_view code;
  std::string_view condition;
  known strict;    ///< without load buffering, as in RC11
  known buffering; ///< with it, as the standard has it for relaxed accesses that do not depend on each other
  std::string_view source;
};

// Where a verdict is from:
//   standard   ISO C++20 [intro.races], [atomics.order]
//   rc11       Lahav, Vafeiadis, Kang, Hur, Dreyer: Repairing Sequential Consistency in C/C++11, PLDI 2017
//   cpp11      Batty, Owens, Sarkar, Sewell, Weber: Mathematizing C++ Concurrency, POPL 2011
//   oota       Boehm, Demsky: Outlawing Ghosts, MSPC 2014
//   cats       Alglave, Maranget, Tautschnig: Herding Cats, TOPLAS 2014 (the names of the shapes)
//   p0982      Boehm, Giroux, Vafeiadis: Weaken Release Sequences, WG21 P0982R1
//   p0668      Boehm, Giroux, Vafeiadis: Revising the C++ memory model, WG21 P0668R5
inline constexpr known no = known::forbidden;
inline constexpr known yes = known::allowed;
inline constexpr known race = known::race;
inline constexpr litmus_test litmus_tests[] = {
    // Store buffering: acquire and release do not forbid it, sequential consistency of all four does.
    {"sb.rlx", "x=1.rlx; a=y.rlx | y=1.rlx; b=x.rlx", "a=0 b=0", yes, yes, "cpp11"},
    {"sb.rel_acq", "x=1.rel; a=y.acq | y=1.rel; b=x.acq", "a=0 b=0", yes, yes, "cpp11"},
    {"sb.sc", "x=1.sc; a=y.sc | y=1.sc; b=x.sc", "a=0 b=0", no, no, "standard"},
    {"sb.one_relaxed", "x=1.sc; a=y.rlx | y=1.sc; b=x.sc", "a=0 b=0", yes, yes, "rc11"},
    {"sb.exchanges", "c=x:1.ar; a=y.acq | d=y:1.ar; b=x.acq", "a=0 b=0", yes, yes, "rc11"},
    // Message passing.
    {"mp.rlx", "x=1.rlx; y=1.rlx | a=y.rlx; b=x.rlx", "a=1 b=0", yes, yes, "cpp11"},
    {"mp.rel_acq", "x=1.rlx; y=1.rel | a=y.acq; b=x.rlx", "a=1 b=0", no, no, "standard"},
    {"mp.rel_rlx", "x=1.rlx; y=1.rel | a=y.rlx; b=x.rlx", "a=1 b=0", yes, yes, "cpp11"},
    {"mp.rlx_acq", "x=1.rlx; y=1.rlx | a=y.acq; b=x.rlx", "a=1 b=0", yes, yes, "cpp11"},
    {"mp.sc", "x=1.sc; y=1.sc | a=y.sc; b=x.sc", "a=1 b=0", no, no, "standard"},
    {"mp.plain.rel_acq", "x=1.na; y=1.rel | a=y.acq; if(a); b=x.na", "a=1 b=0", no, no, "standard"},
    {"mp.plain.rel_acq.race", "x=1.na; y=1.rel | a=y.acq; if(a); b=x.na", "data race", no, no, "standard"},
    {"mp.plain.rlx", "x=1.na; y=1.rlx | a=y.rlx; if(a); b=x.na", "data race", race, race, "standard"},
    {"mp.plain.rel_rlx", "x=1.na; y=1.rel | a=y.rlx; if(a); b=x.na", "data race", race, race, "standard"},
    {"mp.plain.rlx_acq", "x=1.na; y=1.rlx | a=y.acq; if(a); b=x.na", "data race", race, race, "standard"},
    {"mp.plain.not_looked", "x=1.na; y=1.rel | a=y.acq; b=x.na", "data race", race, race, "standard"},
    {"mp.control", "x=1.rlx; y=1.rel | a=y.rlx; if(a); b=x.rlx", "a=1 b=0", yes, yes, "cats"},
    // Release sequences: through read-modify-writes of any thread, of any order; not through other stores (C++20).
    {"release_sequence.add", "x=1.rlx; y=1.rel | b=y+1.rlx | a=y.acq; c=x.rlx", "a=2 b=1 c=0", no, no, "standard"},
    {"release_sequence.compare", "x=1.na; y=1.rel | b=y?1:2.rlx.rlx | a=y.acq; if(a); c=x.na", "data race", no, no,
     "standard"},
    {"release_sequence.add_twice", "x=1.rlx; y=1.rel | b=y+1.rlx; c=y+1.rlx | a=y.acq; d=x.rlx", "a=3 b=1 c=2 d=0", no,
     no, "standard"},
    {"release_sequence.store_between", "x=1.rlx; y=1.rel | y=2.rlx | a=y.acq; b=x.rlx", "a=2 b=0", yes, yes,
     "standard"},
    {"release_sequence.own_store", "x=1.rlx; y=1.rel; y=2.rlx | a=y.acq; b=x.rlx", "a=2 b=0", yes, yes, "p0982"},
    {"release_sequence.head_not_release", "x=1.rlx; y=1.rlx | b=y+1.rel | a=y.acq; c=x.rlx", "a=2 b=1 c=0", yes, yes,
     "standard"},
    {"release_sequence.two_heads", "x=1.rlx; y=1.rel | z=1.rlx; b=y+1.rel | a=y.acq; c=x.rlx; d=z.rlx", "a=2 b=1 c=0",
     no, no, "standard"},
    {"release_sequence.failed_compare", "x=1.rlx; y=1.rel | b=y?5:6.ar.rlx | a=y.acq; c=x.rlx", "a=1 c=0", no, no,
     "standard"},
    // Load buffering.
    {"lb.rlx", "a=x.rlx; y=1.rlx | b=y.rlx; x=1.rlx", "a=1 b=1", no, yes, "cpp11"},
    {"lb.acq_rel", "a=x.acq; y=1.rel | b=y.acq; x=1.rel", "a=1 b=1", no, no, "standard"},
    {"lb.acq", "a=x.acq; y=1.rlx | b=y.acq; x=1.rlx", "a=1 b=1", no, yes, "cpp11"},
    {"lb.rel", "a=x.rlx; y=1.rel | b=y.rlx; x=1.rel", "a=1 b=1", no, yes, "cpp11"},
    {"lb.one_side", "a=x.acq; y=1.rel | b=y.rlx; x=1.rlx", "a=1 b=1", no, yes, "cpp11"},
    {"lb.data_data", "a=x.rlx; y=a.rlx | b=y.rlx; x=b.rlx", "a=1 b=1", no, no, "oota"},
    {"lb.data_one", "a=x.rlx; y=a.rlx | b=y.rlx; x=1.rlx", "a=1 b=1", no, yes, "oota"},
    {"lb.control_control", "a=x.rlx; if(a); y=1.rlx | b=y.rlx; if(b); x=1.rlx", "a=1 b=1", no, no, "oota"},
    {"lb.control_one", "a=x.rlx; if(a); y=1.rlx | b=y.rlx; x=1.rlx", "a=1 b=1", no, yes, "oota"},
    {"lb.data_control", "a=x.rlx; y=a.rlx | b=y.rlx; if(b); x=1.rlx", "a=1 b=1", no, no, "oota"},
    {"lb.three", "a=x.rlx; y=1.rlx | b=y.rlx; z=1.rlx | c=z.rlx; x=1.rlx", "a=1 b=1 c=1", no, yes, "cats"},
    {"lb.exchange", "a=x:2.rlx; y=1.rlx | b=y:2.rlx; x=1.rlx", "a=1 b=1", no, yes, "rc11"},
    // Two stores and two stores; a store, and a load of it; the shapes R and S.
    {"2+2w.rlx", "x=1.rlx; y=2.rlx | y=1.rlx; x=2.rlx", "x=1 y=1", yes, yes, "cats"},
    {"2+2w.rel", "x=1.rel; y=2.rel | y=1.rel; x=2.rel", "x=1 y=1", yes, yes, "rc11"},
    {"2+2w.sc", "x=1.sc; y=2.sc | y=1.sc; x=2.sc", "x=1 y=1", no, no, "standard"},
    {"2+2w.exchanges", "a=x:1.ar; b=y:2.ar | c=y:1.ar; d=x:2.ar", "x=1 y=1", no, no, "rc11"},
    {"r.rel_acq", "x=1.rel; y=1.rel | y=2.rel; a=x.acq", "y=2 a=0", yes, yes, "cats"},
    {"r.sc", "x=1.sc; y=1.sc | y=2.sc; a=x.sc", "y=2 a=0", no, no, "standard"},
    {"s.rlx", "x=2.rlx; y=1.rlx | a=y.rlx; x=1.rlx", "a=1 x=2", yes, yes, "cats"},
    {"s.rel_acq", "x=2.rlx; y=1.rel | a=y.acq; x=1.rlx", "a=1 x=2", no, no, "standard"},
    {"s.data", "x=2.rlx; y=1.rel | a=y.rlx; x=a.rlx", "a=1 x=2", yes, yes, "cats"},
    // Coherence of one place.
    {"corr", "x=1.rlx | a=x.rlx; b=x.rlx", "a=1 b=0", no, no, "standard"},
    {"corr.two_readers", "x=1.rlx | x=2.rlx | a=x.rlx; b=x.rlx | c=x.rlx; d=x.rlx", "a=1 b=2 c=2 d=1", no, no,
     "standard"},
    {"coww", "x=1.rlx; x=2.rlx", "x=1", no, no, "standard"},
    {"cowr", "x=1.rlx; a=x.rlx | x=2.rlx", "a=0", no, no, "standard"},
    {"cowr.other", "x=1.rlx; a=x.rlx | x=2.rlx", "a=2 x=1", no, no, "standard"},
    {"corw", "a=x.rlx; x=1.rlx", "a=1", no, no, "standard"},
    {"corw.other", "a=x.rlx; x=1.rlx | x=2.rlx", "a=2 x=2", no, no, "standard"},
    {"corr.through_release", "x=1.rlx; x=2.rlx; y=1.rel | a=y.acq; b=x.rlx", "a=1 b=1", no, no, "standard"},
    {"corr.read_then_hand_over", "x=1.rlx | a=x.rlx; y=1.rel | b=y.acq; c=x.rlx", "a=1 b=1 c=0", no, no, "standard"},
    // Two readers who disagree, and causes of causes.
    {"iriw.rlx", "x=1.rlx | y=1.rlx | a=x.rlx; b=y.rlx | c=y.rlx; d=x.rlx", "a=1 b=0 c=1 d=0", yes, yes, "cpp11"},
    {"iriw.acq", "x=1.rel | y=1.rel | a=x.acq; b=y.acq | c=y.acq; d=x.acq", "a=1 b=0 c=1 d=0", yes, yes, "cpp11"},
    {"iriw.sc", "x=1.sc | y=1.sc | a=x.sc; b=y.sc | c=y.sc; d=x.sc", "a=1 b=0 c=1 d=0", no, no, "standard"},
    {"iriw.acq_sc", "x=1.sc | y=1.sc | a=x.acq; b=y.sc | c=y.acq; d=x.sc", "a=1 b=0 c=1 d=0", yes, yes, "p0668"},
    {"wrc.rel_acq", "x=1.rlx | a=x.rlx; y=1.rel | b=y.acq; c=x.rlx", "a=1 b=1 c=0", no, no, "cats"},
    {"wrc.rlx", "x=1.rlx | a=x.rlx; y=1.rlx | b=y.rlx; c=x.rlx", "a=1 b=1 c=0", yes, yes, "cats"},
    {"isa2.rel_acq", "x=1.rlx; y=1.rel | a=y.acq; z=1.rel | b=z.acq; c=x.rlx", "a=1 b=1 c=0", no, no, "cats"},
    {"isa2.one_relaxed", "x=1.rlx; y=1.rel | a=y.rlx; z=1.rel | b=z.acq; c=x.rlx", "a=1 b=1 c=0", yes, yes, "cats"},
    {"rwc.rel_acq", "x=1.rel | a=x.acq; b=y.acq | y=1.rel; c=x.acq", "a=1 b=0 c=0", yes, yes, "cats"},
    {"rwc.sc", "x=1.sc | a=x.sc; b=y.sc | y=1.sc; c=x.sc", "a=1 b=0 c=0", no, no, "rc11"},
    {"z6.u", "x=1.sc; y=1.rel | a=y+1.sc; b=y.rlx | y=3.sc; c=x.sc", "a=1 b=3 c=0", yes, yes, "rc11"},
    // Read-modify-writes.
    {"rmw.add_add", "a=x+1.rlx | b=x+1.rlx", "a=0 b=0", no, no, "standard"},
    {"rmw.add_add.memory", "a=x+1.rlx | b=x+1.rlx", "x=1", no, no, "standard"},
    {"rmw.compare_compare", "a=x?0:1.rlx | b=x?0:2.rlx", "a=0 b=0", no, no, "standard"},
    {"rmw.compare_fails_rightly", "a=x?0:1.rlx | b=x?0:2.rlx", "a=0 b=1", yes, yes, "standard"},
    {"rmw.store_between", "a=x+1.rlx | x=5.rlx", "a=0 x=6", no, no, "standard"},
    {"rmw.after_its_source", "y=1.rlx | b=y+1.rlx", "b=1 y=1", no, no, "standard"},
    {"rmw.adds_up", "a=x+1.rlx | x=5.rlx", "a=5 x=6", yes, yes, "standard"},
    {"rmw.exchange_exchange", "a=x:1.rlx | b=x:2.rlx", "a=2 b=1", no, no, "standard"},
    {"rmw.newest_is_taken", "a=x+1.rlx | b=x+1.rlx | c=x+1.rlx", "a=1 b=1", no, no, "standard"},
    {"rmw.failed_acquires", "x=1.na; y=1.rel | a=y?0:2.acq.acq; if(a); b=x.na", "data race", no, no, "standard"},
    {"rmw.failed_relaxed", "x=1.na; y=1.rel | a=y?0:2.acq.rlx; if(a); b=x.na", "data race", race, race, "standard"},
    {"lock.exchange", "a=x?0:1.acq; b=y.na; y=1.na; x=0.rel", "b=1", no, no, "standard"},
    {"plain.two_writers", "x=1.na | x=2.na", "data race", race, race, "standard"},
    {"plain.two_readers", "a=x.na | b=x.na", "data race", no, no, "standard"},
    {"plain.and_atomic", "x=1.na | a=x.sc", "data race", race, race, "standard"},
};

} // namespace nebula::litmus
