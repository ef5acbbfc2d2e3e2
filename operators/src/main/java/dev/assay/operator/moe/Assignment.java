package dev.assay.operator.moe;

import dev.assay.tensor.Tensor;
import java.util.Arrays;

/// Which expert each choice of each token names, and where the runs of the experts begin when choices are sorted by
/// expert.
final class Assignment {
    private final int[] experts;
    private final int[] counts;
    private final boolean valid;

    /// @param ids `[tokens, k]`
    Assignment(Tensor ids, int experts) {
        this.experts = new int[Math.toIntExact(ids.shape().elements())];
        this.counts = new int[experts];
        boolean inside = true;
        for (int i = 0; i < this.experts.length; i++) {
            double id = ids.get(i);
            inside &= id >= 0 && id < experts;
            if (id >= 0 && id < experts) {
                this.experts[i] = (int) id;
                counts[(int) id]++;
            }
        }
        this.valid = inside;
    }

    /// False where an id names no expert: the semantics say nothing then.
    boolean isValid() {
        return valid;
    }

    int choices() {
        return experts.length;
    }

    int expert(int choice) {
        return experts[choice];
    }

    /// Where the experts' runs begin, and where the last one ends, each run padded to a multiple of a block.
    int[] starts(int block) {
        int[] starts = new int[counts.length + 1];
        for (int e = 0; e < counts.length; e++) {
            starts[e + 1] = starts[e] + Math.ceilDiv(counts[e], block) * block;
        }
        return starts;
    }

    int count(int expert) {
        return counts[expert];
    }

    /// Where each choice stands: the device's own place if that lies in its expert's run and nobody else is there,
    /// otherwise the first that is left.
    ///
    /// @param theirs place of each choice as the device has it; negative for none
    int[] places(long[] theirs, int[] starts) {
        int[] places = new int[experts.length];
        boolean[] taken = new boolean[starts[counts.length]];
        Arrays.fill(places, -1);
        for (int i = 0; i < places.length; i++) {
            int start = starts[experts[i]];
            if (theirs[i] >= start && theirs[i] < start + counts[experts[i]] && !taken[(int) theirs[i]]) {
                places[i] = (int) theirs[i];
                taken[places[i]] = true;
            }
        }
        int[] next = starts.clone();
        for (int i = 0; i < places.length; i++) {
            if (places[i] < 0) {
                while (taken[next[experts[i]]]) {
                    next[experts[i]]++;
                }
                places[i] = next[experts[i]];
                taken[places[i]] = true;
            }
        }
        return places;
    }
}
