package dev.assay.engine.scorecard;

import dev.assay.tensor.DType;
import java.util.Map;

/// CANN's commercial standard: errors of the device against those of another implementation in the same precision,
/// both from a golden result in high precision. Three ratios, of MARE, MERE and RMSE, each with a limit by level.
///
/// The other implementation is a GPU's in the standard, and our emulation of a plain one here, so the ratios are not
/// those of any GPU. Errors of the other that are smaller than a floor count as the floor, as in CANN's comparison
/// scripts. The standard asks for thousands of cases and looks at each; this looks at one. The measure is the largest
/// ratio divided by its limit. A kernel fails for adding up in another order than the benchmark does.
///
/// @param id with the level
/// @param mare limit of the ratio of largest relative errors
/// @param mere limit of the ratio of mean relative errors
/// @param rmse limit of the ratio of root mean square errors
record CannDoubleBenchmark(String id, double mare, double mere, double rmse) implements Criterion {
    static final CannDoubleBenchmark L0 = new CannDoubleBenchmark("cann-l0", 10, 2, 2);
    static final CannDoubleBenchmark L1 = new CannDoubleBenchmark("cann-l1", 5, 1.5, 1.5);
    static final CannDoubleBenchmark L2 = new CannDoubleBenchmark("cann-l2", 2, 1.2, 1.2);

    private static final Map<DType, Double> FLOORS = Map.of(DType.F16, 0x1p-11, DType.BF16, 0x1p-8, DType.F32, 0x1p-14);

    @Override
    public String source() {
        return "CANN operator precision standard, commercial; floors: compare_cv of CANN's attention tests and msprobe"
                + " standard_config.py at e05ee44f";
    }

    @Override
    public Outcome compare(Comparand comparand) {
        Double floor = FLOORS.get(comparand.dtype());
        if (floor == null) {
            return Outcome.notApplicable("no floor for " + comparand.dtype());
        }
        if (comparand.benchmark().isEmpty()) {
            return Outcome.notApplicable("no low-precision reference");
        }
        double[] benchmark = comparand.benchmark().get();
        RelativeErrors ours = RelativeErrors.of(comparand, comparand::actual);
        if (!ours.specialsMatch()) {
            return Outcome.of(false, Double.POSITIVE_INFINITY, 1);
        }
        RelativeErrors other = RelativeErrors.of(comparand, i -> benchmark[i]);
        double largest = ratio(ours.largest(), other.largest(), floor) / mare;
        double mean = ratio(ours.mean(), other.mean(), floor) / mere;
        double square = ratio(ours.rootMeanSquare(), other.rootMeanSquare(), floor) / rmse;
        return Outcome.atMost(Math.max(largest, Math.max(mean, square)), 1);
    }

    private static double ratio(double ours, double other, double floor) {
        return ours / Math.max(other, floor);
    }
}
