package dev.assay.backend;

import dev.assay.tensor.DType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/// What a device is. Empty text and 0 mean "not known".
///
/// @param model such as `Acme N1 64GB`
/// @param driver name and version
/// @param firmware version
/// @param memoryBytes device memory
/// @param peakFlopsPerSecond declared peak by element type; types not listed have none
/// @param bandwidthBytesPerSecond declared peak of device memory
/// @param alignmentBytes smallest multiple at which a tensor of any type may start; 0: at any whole element
public record DeviceInfo(
        String model,
        String driver,
        String firmware,
        long memoryBytes,
        Map<DType, Double> peakFlopsPerSecond,
        double bandwidthBytesPerSecond,
        long alignmentBytes) {

    public DeviceInfo {
        Map<DType, Double> copy = new EnumMap<>(DType.class);
        copy.putAll(peakFlopsPerSecond);
        peakFlopsPerSecond = Collections.unmodifiableMap(copy);
    }

    public static DeviceInfo named(String model) {
        return new DeviceInfo(model, "", "", 0, Map.of(), 0, 0);
    }

    /// Smallest multiple of bytes at which a tensor of this type may start.
    public long alignment(DType dtype) {
        return Math.max(alignmentBytes, Math.ceilDiv(dtype.bits(), 8));
    }
}
