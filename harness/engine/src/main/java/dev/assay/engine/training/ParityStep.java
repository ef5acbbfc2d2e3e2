package dev.assay.engine.training;

import java.util.List;

/// A step of the training as the device did it, and as its twins did.
///
/// @param step from 1
/// @param loss of the device, before the step; lossF64: of the exact twin; lossTwins: of those with a
///     device's freedom
/// @param norm of the gradients, before they are clipped
/// @param distance of the device's parameters to the exact twin's, as the root of the summed squares
/// @param twinDistances of the others
/// @param worst how many times as far as its farthest twin the parameter is that is farthest in this sense
/// @param parameter which one
/// @param turned distance that a few elements make which went the other way, though they did in no twin
public record ParityStep(
        int step,
        double loss,
        double lossF64,
        List<Double> lossTwins,
        double norm,
        double normF64,
        List<Double> normTwins,
        double distance,
        List<Double> twinDistances,
        double worst,
        String parameter,
        double turned) {
    public ParityStep {
        lossTwins = List.copyOf(lossTwins);
        normTwins = List.copyOf(normTwins);
        twinDistances = List.copyOf(twinDistances);
    }

    /// How far all parameters together may be from those in f64, to count as once as far as a twin.
    public double reach() {
        return twinDistances.stream().mapToDouble(Double::doubleValue).max().orElse(0) + turned;
    }

    /// How many times as far as the farthest twin's all parameters together are from those in f64.
    public double ratio() {
        return distance / reach();
    }
}
