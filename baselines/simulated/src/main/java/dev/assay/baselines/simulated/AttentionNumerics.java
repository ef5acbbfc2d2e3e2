package dev.assay.baselines.simulated;

import dev.assay.tensor.DType;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;

/// What an attention kernel does, step by step.
///
/// Immutable: each method returns a copy that differs in one step. A class rather than a record because a record would
/// have to repeat every step in each of them.
public final class AttentionNumerics implements Cloneable {
    /// Order and rounding of a score's sum; empty for the fast path.
    Optional<Summation> summation = Optional.empty();

    Scale scale = (right, headSize) -> right;
    /// Whether queries are scaled rather than scores.
    boolean scalesQueries;
    /// Whether the soft cap is applied to scores that are not scaled yet.
    boolean capsFirst;

    ScoreChange scoreChange = (score, key, keys) -> score;
    /// Type in which scores are kept; empty for f32.
    Optional<DType> scores = Optional.empty();

    LastKey lastKey = (query, offset, queries, keys) -> query + offset;
    Used used = (right, keys) -> right;
    MaskRow maskRow = (b, h) -> new int[] {b, h};
    /// Whether true in a bool mask hides.
    boolean boolInverted;
    /// Whether values of hidden keys are multiplied by 0 rather than left out.
    boolean multipliesHidden;
    /// Whether hidden keys get a score of -1e30 rather than being left out of the softmax.
    boolean finiteMask;

    KeyHead keyHead = AttentionNumerics::shared;
    KeyHead valueHead = AttentionNumerics::shared;

    /// Keys that are worked on at a time.
    int keyTile;
    /// Whether the maximum is found while the sum goes on, rather than in a pass before.
    boolean online;
    /// Whether probabilities are divided by their sum before they meet the values, in a pass of its own.
    boolean dividesFirst;

    Exponential exp = Exponentials.PLAIN;
    /// Type in which probabilities are kept before they meet the values; empty for f32.
    Optional<DType> probabilities = Optional.empty();
    /// Whether the denominator is the sum of the rounded probabilities.
    boolean sumOfRounded;

    Total total = (sum, p, key, keys) -> sum + p;
    /// How many keys that do not exist count with a score of 0, given how many there are.
    IntUnaryOperator phantoms = keys -> 0;
    /// Type in which weighted values are summed; empty for f32.
    Optional<DType> sums = Optional.empty();
    /// Whether a tile's weighted values are summed from zero and then added.
    boolean valuesInTiles;
    /// Whether the running sums are rescaled when the maximum grows.
    boolean rescale = true;
    /// Whether the maximum of the first tile is never replaced.
    boolean keepsFirstMax;
    /// How far the maximum must grow before sums are rescaled.
    float lazyRescale;

    Splits splits = (batch, keys) -> 1;
    Merge merge = Merge.RIGHT;
    /// Whether the result is multiplied by the sum's reciprocal rather than divided by the sum.
    boolean reciprocal;

    EmptyRow emptyRow = EmptyRow.ZERO;
    Written written = (query, queries) -> true;
    /// Whether results of 3-D calls stand as if they had 4 dimensions.
    boolean headsFirst;

    PresentRow presentRow = (row, past, keys) -> row;

    private AttentionNumerics() {}

    /// How exp(s - max) is formed.
    @FunctionalInterface
    public interface Exponential {
        float of(float s, float max);
    }

    /// The factor on the scores.
    @FunctionalInterface
    public interface Scale {
        double of(double right, int headSize);
    }

    /// What becomes of a score, scaled, capped and biased.
    @FunctionalInterface
    public interface ScoreChange {
        float of(float score, int key, int keys);
    }

    /// The last key that the causal mask leaves visible.
    @FunctionalInterface
    public interface LastKey {
        /// The last key.
        ///
        /// @param offset of the first query among the keys
        long of(long query, long offset, int queries, int keys);
    }

    /// How many keys are in use.
    @FunctionalInterface
    public interface Used {
        long of(long right, int keys);
    }

    /// Where in the mask a head's row is found.
    @FunctionalInterface
    public interface MaskRow {
        /// Batch and head.
        int[] of(int batch, int head);
    }

    /// The head of keys or values.
    @FunctionalInterface
    public interface KeyHead {
        int of(int queryHead, int queryHeads, int keyHeads);
    }

    /// How the denominator grows.
    @FunctionalInterface
    public interface Total {
        float plus(float sum, float p, int key, int keys);
    }

    /// How many parts the keys are split into.
    @FunctionalInterface
    public interface Splits {
        int of(int batch, int keys);
    }

    /// Which queries' results are written.
    @FunctionalInterface
    public interface Written {
        boolean is(int query, int queries);
    }

    /// Which row of keys and values goes into a row of the cache.
    @FunctionalInterface
    public interface PresentRow {
        int of(int row, int past, int keys);
    }

    /// How parts of split keys are put together.
    public enum Merge {
        /// Each weighted by exp of its log-sum-exp.
        RIGHT,
        /// By 2 to its log-sum-exp, which is natural.
        BASE_TWO,
        /// As is right, but parts that see no key count with a log-sum-exp of 0.
        STALE_EMPTY
    }

    /// What a query gets that sees no key.
    public enum EmptyRow {
        ZERO,
        NAN,
        /// The mean of all values, as where masked scores are large negative numbers rather than infinite.
        MEAN
    }

    private static int shared(int head, int queryHeads, int keyHeads) {
        return head / (queryHeads / keyHeads);
    }

    static AttentionNumerics of(Chip chip, DType input) {
        Chip.AttentionPart part = chip.attention();
        AttentionNumerics numerics = new AttentionNumerics();
        numerics.keyTile = part.tileK();
        numerics.online = part.softmax().equals("online");
        numerics.exp = switch (part.exp()) {
            case "exp2" -> Exponentials.BASE_TWO;
            case "exp2-fused" -> Exponentials.FUSED;
            default -> Exponentials.PLAIN;
        };
        boolean narrow = part.probabilities().equals("input") && input.bits() < 32;
        numerics.probabilities = narrow ? Optional.of(input) : Optional.empty();
        numerics.summation = MatMulNumerics.of(chip).summation;
        return numerics;
    }

    /// The same without the matrix unit's way of summing.
    AttentionNumerics onVectorUnits() {
        return with(n -> n.summation = Optional.empty());
    }

    private AttentionNumerics with(Consumer<AttentionNumerics> change) {
        try {
            AttentionNumerics copy = (AttentionNumerics) clone();
            change.accept(copy);
            return copy;
        } catch (CloneNotSupportedException e) {
            throw new AssertionError(e);
        }
    }

    public AttentionNumerics summation(Summation value) {
        return with(n -> n.summation = Optional.of(value));
    }

    public AttentionNumerics scale(Scale value) {
        return with(n -> n.scale = value);
    }

    public AttentionNumerics scalesQueries() {
        return with(n -> n.scalesQueries = true);
    }

    public AttentionNumerics capsFirst() {
        return with(n -> n.capsFirst = true);
    }

    public AttentionNumerics scoreChange(ScoreChange value) {
        return with(n -> n.scoreChange = value);
    }

    public AttentionNumerics scores(DType value) {
        return with(n -> n.scores = Optional.of(value));
    }

    public AttentionNumerics lastKey(LastKey value) {
        return with(n -> n.lastKey = value);
    }

    public AttentionNumerics used(Used value) {
        return with(n -> n.used = value);
    }

    public AttentionNumerics maskRow(MaskRow value) {
        return with(n -> n.maskRow = value);
    }

    public AttentionNumerics boolInverted() {
        return with(n -> n.boolInverted = true);
    }

    public AttentionNumerics multipliesHidden() {
        return with(n -> n.multipliesHidden = true);
    }

    public AttentionNumerics finiteMask() {
        return with(n -> n.finiteMask = true);
    }

    public AttentionNumerics keyHead(KeyHead value) {
        return with(n -> n.keyHead = value);
    }

    public AttentionNumerics valueHead(KeyHead value) {
        return with(n -> n.valueHead = value);
    }

    public AttentionNumerics keyTile(int value) {
        return with(n -> n.keyTile = value);
    }

    public AttentionNumerics online(boolean value) {
        return with(n -> n.online = value);
    }

    public AttentionNumerics dividesFirst() {
        return with(n -> n.dividesFirst = true);
    }

    public AttentionNumerics exp(Exponential value) {
        return with(n -> n.exp = value);
    }

    public AttentionNumerics probabilities(Optional<DType> value) {
        return with(n -> n.probabilities = value);
    }

    public AttentionNumerics sumOfRounded() {
        return with(n -> n.sumOfRounded = true);
    }

    public AttentionNumerics total(Total value) {
        return with(n -> n.total = value);
    }

    public AttentionNumerics phantoms(IntUnaryOperator value) {
        return with(n -> n.phantoms = value);
    }

    public AttentionNumerics sums(DType value) {
        return with(n -> n.sums = Optional.of(value));
    }

    public AttentionNumerics valuesInTiles() {
        return with(n -> n.valuesInTiles = true);
    }

    public AttentionNumerics rescale(boolean value) {
        return with(n -> n.rescale = value);
    }

    public AttentionNumerics keepsFirstMax() {
        return with(n -> n.keepsFirstMax = true);
    }

    public AttentionNumerics lazyRescale(float value) {
        return with(n -> n.lazyRescale = value);
    }

    public AttentionNumerics splits(Splits value) {
        return with(n -> n.splits = value);
    }

    public AttentionNumerics merge(Merge value) {
        return with(n -> n.merge = value);
    }

    public AttentionNumerics reciprocal() {
        return with(n -> n.reciprocal = true);
    }

    public AttentionNumerics emptyRow(EmptyRow value) {
        return with(n -> n.emptyRow = value);
    }

    public AttentionNumerics written(Written value) {
        return with(n -> n.written = value);
    }

    public AttentionNumerics headsFirst() {
        return with(n -> n.headsFirst = true);
    }

    public AttentionNumerics presentRow(PresentRow value) {
        return with(n -> n.presentRow = value);
    }
}
