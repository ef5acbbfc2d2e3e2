package dev.assay.results;

/// A step of a training beside the same in f64: a row of `steps.csv`. The components, in order, are the columns.
///
/// @param model what was trained
/// @param dtype of weights and activations
/// @param seed of text, first weights and dropout
/// @param backend id of the plugin
/// @param backendOptions with which it was opened
/// @param step from 1
/// @param loss of the device, before the step
/// @param lossF64 the same in f64
/// @param lossLow the smallest of a twin, which rounds as a device may
/// @param lossHigh the largest
/// @param norm of the device's gradients, before they are clipped
/// @param normF64 the same in f64
/// @param normLow the smallest of a twin
/// @param normHigh the largest
/// @param distance of the device's parameters to those in f64
/// @param distanceLow the smallest of a twin
/// @param distanceHigh the largest
/// @param ratio how many times as far as its farthest twin the parameter is that is farthest in this sense
/// @param parameter which one
public record TrainingRow(
        String model,
        String dtype,
        long seed,
        String backend,
        String backendOptions,
        int step,
        double loss,
        double lossF64,
        double lossLow,
        double lossHigh,
        double norm,
        double normF64,
        double normLow,
        double normHigh,
        double distance,
        double distanceLow,
        double distanceHigh,
        double ratio,
        String parameter)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey("train-parity", model + "/" + dtype, seed, backend, backendOptions);
    }

    @Override
    public String part() {
        return Integer.toString(step);
    }
}
