package dev.assay.operator.movement;

import dev.assay.backend.Attribute;
import dev.assay.backend.Call;
import dev.assay.operator.About;
import dev.assay.operator.Signature;
import dev.assay.operator.Signature.AttributeSpec;
import dev.assay.tensor.DType;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Base of the operators on caches that lie in blocks. Slot `s` is place `s % block_size` of block `s / block_size`.
///
/// Which slots and blocks are meant belongs to the call: who serves requests has them on the host.
abstract class PagedCache extends Movement {
    static final Set<DType> INDICES = Signature.only(DType.I32, DType.I64);

    PagedCache(String name, About about, Signature signature) {
        super(name, "", about, signature);
    }

    /// How a cache's dimensions follow each other.
    static AttributeSpec layout(String meaning) {
        return new AttributeSpec("layout", Attribute.Text.class, Optional.of(new Attribute.Text("NHD")), meaning);
    }

    /// The attribute `layout`. Throws [dev.assay.operator.InvalidCallException] for an unknown one.
    final String layout(Call call, List<String> known) {
        String layout = call.attributes().text("layout");
        if (!known.contains(layout)) {
            throw invalid("layout '" + layout + "'", "attribute layout", "use one of " + known);
        }
        return layout;
    }

    /// Refuses as many slots as there are not tokens, slots beyond the cache, and one that two tokens go to.
    final void checkSlots(Call call, long tokens, long slots) {
        List<Long> mapping = constant(call, "slot_mapping");
        if (mapping.size() != tokens) {
            throw invalid(
                    mapping.size() + " slots for " + tokens + " tokens", "input slot_mapping", "give one a token");
        }
        Set<Long> seen = new HashSet<>();
        for (long slot : mapping) {
            if (slot >= slots) {
                throw invalid(
                        "slot " + slot + " of a cache of " + slots, "input slot_mapping", "give slots below " + slots);
            }
            if (slot >= 0 && !seen.add(slot)) {
                throw invalid("slot " + slot + " is there twice", "input slot_mapping", "give each token its own");
            }
        }
    }

    /// The token that goes to each slot; -1 for none.
    static int[] writers(Call call, long slots) {
        int[] writers = new int[Math.toIntExact(slots)];
        Arrays.fill(writers, -1);
        List<Long> mapping = constant(call, "slot_mapping");
        for (int token = 0; token < mapping.size(); token++) {
            if (mapping.get(token) >= 0) {
                writers[Math.toIntExact(mapping.get(token))] = token;
            }
        }
        return writers;
    }

    /// Refuses an index into the blocks that is out of range.
    final void checkBlock(long block, long blocks, String input) {
        if (block < 0 || block >= blocks) {
            throw invalid("block " + block + " of " + blocks, "input " + input, "give one from 0 to " + (blocks - 1));
        }
    }
}
