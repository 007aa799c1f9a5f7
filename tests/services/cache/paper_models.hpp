// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <vector>

#include <nebula/services/cache/fingerprint_index.hpp>

/// Each policy as its paper has it, on lists of keys, as slow as may be: what the caches are compared with, request by
/// request. request() is true iff the key was in; if it was not, it is afterwards.
namespace nebula::services::test {

using key_list = std::list<std::uint64_t>; // the newest first

inline bool take(key_list& from, std::uint64_t key) {
  const auto place = std::find(from.begin(), from.end(), key);
  if (place == from.end()) {
    return false;
  }
  from.erase(place);
  return true;
}
inline bool has(const key_list& in, std::uint64_t key) { return std::find(in.begin(), in.end(), key) != in.end(); }
inline std::uint64_t take_oldest(key_list& from) {
  const std::uint64_t key = from.back();
  from.pop_back();
  return key;
}

class lru_model {
public:
  lru_model(std::size_t capacity, std::uint64_t /*seed*/) : capacity_(capacity) {}
  bool request(std::uint64_t key) {
    const bool hit = take(keys_, key);
    if (!hit && keys_.size() == capacity_) {
      keys_.pop_back();
    }
    keys_.push_front(key);
    return hit;
  }

private:
  std::size_t capacity_;
  key_list keys_;
};

class fifo_model {
public:
  fifo_model(std::size_t capacity, std::uint64_t /*seed*/) : capacity_(capacity) {}
  bool request(std::uint64_t key) {
    if (has(keys_, key)) {
      return true;
    }
    if (keys_.size() == capacity_) {
      keys_.pop_back();
    }
    keys_.push_front(key);
    return false;
  }

private:
  std::size_t capacity_;
  key_list keys_;
};

/// Looks at everyone, for who was used least often, and of these least recently.
class lfu_model {
public:
  lfu_model(std::size_t capacity, std::uint64_t /*seed*/) : capacity_(capacity) {}
  bool request(std::uint64_t key) {
    ++now_;
    const auto found = keys_.find(key);
    if (found != keys_.end()) {
      found->second = {found->second.uses + 1, now_};
      return true;
    }
    if (keys_.size() == capacity_) {
      keys_.erase(std::min_element(keys_.begin(), keys_.end(), [](const auto& left, const auto& right) {
        return left.second.uses != right.second.uses ? left.second.uses < right.second.uses
                                                     : left.second.used < right.second.used;
      }));
    }
    keys_[key] = {1, now_};
    return false;
  }

private:
  struct use {
    std::uint64_t uses;
    std::uint64_t used;
  };
  std::size_t capacity_;
  std::uint64_t now_ = 0;
  std::map<std::uint64_t, use> keys_;
};

/// Lots by SplitMix64; the place of whoever goes is taken by who stands last.
class random_model {
public:
  random_model(std::size_t capacity, std::uint64_t seed) : capacity_(capacity), state_(seed) {}
  bool request(std::uint64_t key) {
    if (std::find(keys_.begin(), keys_.end(), key) != keys_.end()) {
      return true;
    }
    if (keys_.size() == capacity_) {
      const std::uint64_t place = ((split_mix() >> 32U) * keys_.size()) >> 32U;
      keys_[place] = keys_.back();
      keys_.pop_back();
    }
    keys_.push_back(key);
    return false;
  }

private:
  std::uint64_t split_mix() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
  }
  std::size_t capacity_;
  std::uint64_t state_;
  std::vector<std::uint64_t> keys_;
};

/// Figure 4 of Megiddo and Modha, 2003, case by case; steps of the target are rounded down.
class arc_model {
public:
  arc_model(std::size_t capacity, std::uint64_t /*seed*/) : c_(capacity) {}
  bool request(std::uint64_t x) {
    if (take(t1_, x) || take(t2_, x)) { // I
      t2_.push_front(x);
      return true;
    }
    if (has(b1_, x)) { // II
      p_ = std::min(c_, p_ + (b1_.size() >= b2_.size() ? 1 : b2_.size() / b1_.size()));
      replace(x);
      take(b1_, x);
      t2_.push_front(x);
    } else if (has(b2_, x)) { // III
      const std::size_t step = b2_.size() >= b1_.size() ? 1 : b1_.size() / b2_.size();
      p_ = p_ > step ? p_ - step : 0;
      replace(x);
      take(b2_, x);
      t2_.push_front(x);
    } else { // IV
      if (t1_.size() + b1_.size() == c_) {
        if (t1_.size() < c_) {
          b1_.pop_back();
          replace(x);
        } else {
          t1_.pop_back();
        }
      } else if (t1_.size() + t2_.size() + b1_.size() + b2_.size() >= c_) {
        if (t1_.size() + t2_.size() + b1_.size() + b2_.size() == 2 * c_) {
          b2_.pop_back();
        }
        replace(x);
      }
      t1_.push_front(x);
    }
    return false;
  }

private:
  void replace(std::uint64_t x) {
    if (!t1_.empty() && ((has(b2_, x) && t1_.size() == p_) || t1_.size() > p_)) {
      b1_.push_front(take_oldest(t1_));
    } else {
      b2_.push_front(take_oldest(t2_));
    }
  }
  std::size_t c_;
  std::size_t p_ = 0;
  key_list t1_;
  key_list t2_;
  key_list b1_;
  key_list b2_;
};

/// Algorithm 1 of Yang and others, 2023: one object is evicted for each that comes, so that the insertion into M which
/// makes M full is followed by an eviction from M, and by no other.
class s3_fifo_model {
public:
  s3_fifo_model(std::size_t capacity, std::uint64_t /*seed*/)
      : capacity_(capacity),
        small_(std::max<std::size_t>(1, capacity / 10)),
        ghosts_max_(std::max<std::size_t>(1, capacity - small_)) {}
  bool request(std::uint64_t x) {
    if (const auto found = frequency_.find(x); found != frequency_.end()) {
      found->second = std::min(found->second + 1, 3);
      return true;
    }
    const bool was_here = take(g_, x);
    while (frequency_.size() == capacity_) {
      evict();
    }
    (was_here ? m_ : s_).push_front(x);
    frequency_[x] = 0;
    return false;
  }

private:
  void evict() {
    if (s_.size() >= small_ || m_.empty()) {
      evict_small();
    } else {
      evict_main();
    }
  }
  void evict_small() {
    while (!s_.empty()) {
      const std::uint64_t t = take_oldest(s_);
      if (frequency_[t] > 1) {
        m_.push_front(t);
        frequency_[t] = 0;
        if (s_.size() < small_) { // so that M has more than its share
          evict_main();
          return;
        }
      } else {
        frequency_.erase(t);
        g_.push_front(t);
        if (g_.size() > ghosts_max_) {
          g_.pop_back();
        }
        return;
      }
    }
  }
  void evict_main() {
    for (;;) {
      const std::uint64_t t = take_oldest(m_);
      if (frequency_[t] > 0) {
        m_.push_front(t);
        frequency_[t] -= 1;
      } else {
        frequency_.erase(t);
        return;
      }
    }
  }
  std::size_t capacity_;
  std::size_t small_;
  std::size_t ghosts_max_;
  std::map<std::uint64_t, int> frequency_;
  key_list s_;
  key_list m_;
  key_list g_;
};

/// A count-min sketch with conservative update, in bytes.
class sketch_model {
public:
  explicit sketch_model(std::size_t capacity) : capacity_(capacity) {
    while (width_ < 2 * capacity || width_ < 16) {
      width_ *= 2;
    }
  }
  unsigned frequency(std::uint64_t key) {
    unsigned least = 15;
    for (unsigned row = 0; row < 4; ++row) {
      least = std::min<unsigned>(least, at(row, key));
    }
    return least;
  }
  void count(std::uint64_t key) {
    const unsigned least = frequency(key);
    for (unsigned row = 0; row < 4 && least < 15; ++row) {
      if (at(row, key) == least) {
        at(row, key) += 1;
      }
    }
    if (++size_ >= 10 * capacity_) {
      for (auto& each : counters_) {
        each.second /= 2;
      }
      size_ /= 2;
    }
  }

private:
  unsigned& at(unsigned row, std::uint64_t key) {
    const std::uint64_t odd[] = {14097894508562428199ULL, 13011662864482103923ULL, 11160318154034397263ULL,
                                 14695981039346656037ULL};
    const std::uint64_t product = (fingerprint_of(key) + odd[row]) * odd[row];
    const std::uint64_t place = ((product ^ (product >> 32U)) >> 16U) % width_;
    return counters_[{row, place}];
  }
  std::size_t capacity_;
  std::uint64_t width_ = 1;
  std::uint64_t size_ = 0;
  std::map<std::pair<unsigned, std::uint64_t>, unsigned> counters_;
};

/// W-TinyLFU of Einziger, Friedman and Manes, 2017: a window of 1 %, a segmented LRU of which 80 % is protected, and the
/// sketch that decides between who falls out of the window and who would have to go.
class w_tiny_lfu_model {
public:
  w_tiny_lfu_model(std::size_t capacity, std::uint64_t /*seed*/)
      : capacity_(capacity),
        window_max_(std::max<std::size_t>(1, capacity / 100)),
        protected_max_((capacity - window_max_) * 4 / 5),
        sketch_(capacity) {}
  bool request(std::uint64_t key) {
    sketch_.count(key);
    if (take(window_, key)) {
      window_.push_front(key);
      return true;
    }
    if (take(protected_, key) || take(probation_, key)) {
      protected_.push_front(key);
      if (protected_.size() > protected_max_) {
        probation_.push_front(take_oldest(protected_));
      }
      return true;
    }
    window_.push_front(key);
    if (window_.size() > window_max_) {
      const std::uint64_t candidate = take_oldest(window_);
      if (window_.size() + probation_.size() + protected_.size() < capacity_) {
        probation_.push_front(candidate);
      } else if (key_list& main = probation_.empty() ? protected_ : probation_;
                 !main.empty() && sketch_.frequency(candidate) > sketch_.frequency(main.back())) {
        main.pop_back();
        probation_.push_front(candidate);
      }
    }
    return false;
  }

private:
  std::size_t capacity_;
  std::size_t window_max_;
  std::size_t protected_max_;
  sketch_model sketch_;
  key_list window_;
  key_list probation_;
  key_list protected_;
};

} // namespace nebula::services::test
