// SPDX-License-Identifier: Apache-2.0 OR MIT
#pragma once

#include <cstddef>

#include <nebula/verify/configuration.hpp>
#include <nebula/verify/foreign_front.hpp>
#include <nebula/verify/foreign_model.hpp>
#include <nebula/verify/guarded_storage.hpp>

namespace nebula::verify {

/// A foreign allocator over guarded storage, beside its model. Of the configuration it takes the storage's size and
/// place.
template <class Adapter>
class foreign_subject {
public:
  using model_type = foreign_model<Adapter>;
  static constexpr const char* name = Adapter::name;

  /// How much storage it is given.
  [[nodiscard]] static std::size_t bytes_of(const configuration& made_of) {
    constexpr allocator_promises promises = Adapter::promises;
    static_assert(promises.storage_min_bytes <= promises.storage_max_bytes, "the least storage is more than the most");
    return promises.storage_min_bytes +
           made_of.capacity_bytes % (promises.storage_max_bytes - promises.storage_min_bytes + 1);
  }

  explicit foreign_subject(const configuration& made_of)
      : storage_(bytes_of(made_of),
                 made_of.offset % 64U / Adapter::promises.storage_align * Adapter::promises.storage_align),
        front_(storage_.span(), log_.hook()),
        model_(front_, storage_.span()) {}

  using allocator_type = foreign_front<Adapter>;
  allocator_type& allocator() { return front_; }
  model_type& model() { return model_; }
  [[nodiscard]] const guarded_storage& storage() const { return storage_; }
  [[nodiscard]] const fault_log& faults() const { return log_; }

  /// The model knows best what an answer means that is not as predicted.
  [[nodiscard]] const char* told() const { return model_.reason(); }
  [[nodiscard]] const char* disagreement() const {
    const char* found = nullptr;
    if constexpr (allocator_type::has_owns) {
      model_.for_each_live(
          [&](const std::byte* block) { found = front_.adapter().owns(block) ? found : "owns() denies a live block"; });
      if (front_.adapter().owns(this)) {
        found = "owns() claims what lies outside of the storage";
      }
    }
    return found;
  }

private:
  fault_log log_;
  guarded_storage storage_;
  allocator_type front_;
  model_type model_;
};

} // namespace nebula::verify
