"""The filters as methods."""

from wrinkleseg import filters
from wrinkleseg.methods.kinds import ClassicalMethod, Filter, MethodInfo


def _classical(name: str, title: str, task: str, run: Filter, source: str) -> ClassicalMethod:
    thresholds = {task: filters.THRESHOLDS[name]}
    return ClassicalMethod(MethodInfo(name, title, (task,), 0, source, "Apache-2.0", "", thresholds), run)


CLASSICAL: dict[str, ClassicalMethod] = {
    method.info.name: method
    for method in (
        _classical(
            "frangi-plain", "Frangi filter, plain", "wrinkle", filters.wrinkles_frangi_plain, "Frangi et al., 1998"
        ),
        _classical("frangi", "Frangi filter, made robust", "wrinkle", filters.wrinkles_frangi, "Frangi et al., 1998"),
        _classical("gabor", "Oriented Gabor filters", "wrinkle", filters.wrinkles_gabor, "Ng et al., 2014"),
        _classical("pores-kmeans", "k-means on dark spots", "pore", filters.pores_kmeans, "Campiche et al., 2019"),
        _classical("pores-dog", "Difference of Gaussians", "pore", filters.pores_dog, "Marr and Hildreth, 1980"),
    )
}
