/* Distances on the earth. */
#ifndef NEWSMILL_WORKER_ANALYSIS_PLACES_DISTANCE_H
#define NEWSMILL_WORKER_ANALYSIS_PLACES_DISTANCE_H

#include <math.h>

/* Great circle distance in km between points in degrees, by the haversine formula on a sphere of
 * 6371 km: within 0.5 % of the ellipsoid. */
static inline double distance_km(double lat1, double lon1, double lat2, double lon2)
{
    const double radians = 3.14159265358979323846 / 180;
    double a = sin((lat2 - lat1) * radians / 2), b = sin((lon2 - lon1) * radians / 2);
    double c = a * a + cos(lat1 * radians) * cos(lat2 * radians) * b * b;
    return 2 * 6371.0 * asin(sqrt(c < 1 ? c : 1));
}

#endif
