package dev.assay.results;

import org.jspecify.annotations.Nullable;

/// One right kernel, plain or with a legitimate variation, on one case with several seeds: a row of `variations.csv`.
/// The components, in order, are the columns.
///
/// @param grid the grid of cases
/// @param caseId `operator/dtypes/shapes/attributes/fill`
/// @param operator name in the catalogue
/// @param dtypes of inputs and outputs
/// @param shapes sizes, as in the case id
/// @param attributes those that differ from their defaults, as in the case id
/// @param fill recipe of the inputs: the data set
/// @param seed the first one
/// @param seeds how many were judged; they need not follow each other
/// @param backend id of the plugin
/// @param backendOptions with which it was opened, the variation among them
/// @param chip the device that the options select; empty if there is one only
/// @param variation id of the deviation; empty for the plain device
/// @param catalogue number in the catalogue of legitimate variations; empty if it is in none
/// @param tensors judged: the outputs of every call on every set of inputs that the judge asked for
/// @param alarms seeds with which the judge objected, which is an error of the judge
/// @param errors seeds with which the kernel or the judge threw
/// @param alarmSeed the first seed with an alarm or an error
/// @param layer that objected then
/// @param reason what was said then
/// @param criteria published criteria that say something about it: `name=2/5` if it objects with 2 of 5 seeds, joined
///     by spaces
public record VariationRow(
        String grid,
        String caseId,
        String operator,
        String dtypes,
        String shapes,
        String attributes,
        String fill,
        long seed,
        long seeds,
        String backend,
        String backendOptions,
        String chip,
        String variation,
        String catalogue,
        long tensors,
        long alarms,
        long errors,
        @Nullable Long alarmSeed,
        String layer,
        String reason,
        String criteria)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(grid, caseId, seed, backend, backendOptions);
    }
}
