package dev.assay.engine.selftest;

/// How far the outputs of a mutant are from those of the plain device.
///
/// @param changed elements whose bits differ
/// @param ulps largest difference in ulps of the output; infinite where one of the two is no finite number
/// @param noise largest difference in units of legal noise, see [Noise]
record Change(long changed, double ulps, double noise) {
    static final Change NONE = new Change(0, 0, 0);
}
