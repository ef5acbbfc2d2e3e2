package dev.assay.baselines.simulated;

import dev.assay.tensor.DType;
import java.util.Optional;

/// What an attention kernel does, step by step.
///
/// @param keyTile keys that are worked on at a time
/// @param online whether the maximum is found while the sum goes on, rather than in a pass before
/// @param exp how exponentials are formed
/// @param probabilities type in which probabilities are kept before they meet the values; empty for f32
/// @param sumOfRounded whether the denominator is the sum of the rounded probabilities
/// @param scores type in which scores are kept; empty for f32
/// @param scale factor on the scores, given the right one and the head size
/// @param lastKey last key that the causal mask leaves visible, given the right one
/// @param keyHead head of keys and values for a query head
/// @param rescale whether the running sums are rescaled when the maximum grows
/// @param lazyRescale how far the maximum must grow before they are
/// @param summation order and rounding of a score's sum; empty for the fast path
/// @param zeroEmptyRows whether a query that sees no key gives zeros
public record AttentionNumerics(
        int keyTile,
        boolean online,
        Exponential exp,
        Optional<DType> probabilities,
        boolean sumOfRounded,
        Optional<DType> scores,
        Scale scale,
        LastKey lastKey,
        KeyHead keyHead,
        boolean rescale,
        float lazyRescale,
        Optional<Summation> summation,
        boolean zeroEmptyRows) {

    /// How exponentials are formed.
    public enum Exponential {
        /// exp(s - max)
        PLAIN,
        /// 2^((s - max) log2 e)
        BASE_TWO,
        /// 2^(fma(s, log2 e, -max log2 e))
        FUSED
    }

    /// The factor on the scores.
    @FunctionalInterface
    public interface Scale {
        double of(double right, int headSize);
    }

    /// The last visible key.
    @FunctionalInterface
    public interface LastKey {
        long of(long right);
    }

    /// The head of keys and values.
    @FunctionalInterface
    public interface KeyHead {
        int of(int queryHead, int queryHeads, int keyHeads);
    }

    static AttentionNumerics of(Chip chip, DType input) {
        Chip.AttentionPart part = chip.attention();
        boolean narrow = part.probabilities().equals("input") && input.bits() < 32;
        Exponential exponential = switch (part.exp()) {
            case "exp2" -> Exponential.BASE_TWO;
            case "exp2-fused" -> Exponential.FUSED;
            default -> Exponential.PLAIN;
        };
        return new AttentionNumerics(
                part.tileK(),
                part.softmax().equals("online"),
                exponential,
                narrow ? Optional.of(input) : Optional.empty(),
                false,
                Optional.empty(),
                (right, headSize) -> right,
                right -> right,
                (head, queryHeads, keyHeads) -> head / (queryHeads / keyHeads),
                true,
                0,
                MatMulNumerics.of(chip).summation(),
                true);
    }

    /// The same without the matrix unit's way of summing.
    AttentionNumerics onVectorUnits() {
        Editor editor = edit();
        editor.summation = Optional.empty();
        return editor.done();
    }

    /// A copy in the making, for deviations that change a field or two.
    public Editor edit() {
        return new Editor(this);
    }

    /// Changes fields one by one.
    public static final class Editor {
        private int keyTile;
        private boolean online;
        private Exponential exp;
        private boolean sumOfRounded;
        private Optional<DType> scores;
        private final Optional<DType> probabilities;
        private Scale scale;
        private LastKey lastKey;
        private KeyHead keyHead;
        private boolean rescale;
        private float lazyRescale;
        private Optional<Summation> summation;
        private boolean zeroEmptyRows;

        private Editor(AttentionNumerics from) {
            keyTile = from.keyTile;
            online = from.online;
            exp = from.exp;
            probabilities = from.probabilities;
            sumOfRounded = from.sumOfRounded;
            scores = from.scores;
            scale = from.scale;
            lastKey = from.lastKey;
            keyHead = from.keyHead;
            rescale = from.rescale;
            lazyRescale = from.lazyRescale;
            summation = from.summation;
            zeroEmptyRows = from.zeroEmptyRows;
        }

        public Editor keyTile(int value) {
            keyTile = value;
            return this;
        }

        public Editor online(boolean value) {
            online = value;
            return this;
        }

        public Editor exp(Exponential value) {
            exp = value;
            return this;
        }

        public Editor sumOfRounded(boolean value) {
            sumOfRounded = value;
            return this;
        }

        public Editor scores(DType value) {
            scores = Optional.of(value);
            return this;
        }

        public Editor scale(Scale value) {
            scale = value;
            return this;
        }

        public Editor lastKey(LastKey value) {
            lastKey = value;
            return this;
        }

        public Editor keyHead(KeyHead value) {
            keyHead = value;
            return this;
        }

        public Editor rescale(boolean value) {
            rescale = value;
            return this;
        }

        public Editor lazyRescale(float value) {
            lazyRescale = value;
            return this;
        }

        public Editor summation(Summation value) {
            summation = Optional.of(value);
            return this;
        }

        public Editor zeroEmptyRows(boolean value) {
            zeroEmptyRows = value;
            return this;
        }

        public AttentionNumerics done() {
            return new AttentionNumerics(
                    keyTile,
                    online,
                    exp,
                    probabilities,
                    sumOfRounded,
                    scores,
                    scale,
                    lastKey,
                    keyHead,
                    rescale,
                    lazyRescale,
                    summation,
                    zeroEmptyRows);
        }
    }
}
