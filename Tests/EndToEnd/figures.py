"""The month's figures, worked out from the landing files alone: nothing of Heddle is asked."""

import collections
import csv
import datetime
import glob
import os


def rows(pattern):
    """All rows of the CSV files, in the order of their names."""
    found = []
    for path in sorted(glob.glob(pattern)):
        with open(path, newline="", encoding="utf-8") as file:
            found += list(csv.DictReader(file))
    return found


def number(text):
    return None if text in ("", "NA") else float(text)


class Figures:
    """What the tables of the demonstration mesh must hold after January 2013."""

    def __init__(self, dags):
        self.flights = rows(os.path.join(dags, "operations/landing/*.csv"))
        self.weather = rows(os.path.join(dags, "weather/landing/*.csv"))
        self.planes = {row["tailnum"]: row for row in rows(os.path.join(dags, "fleet/landing/planes.csv"))}
        self.airlines = {row["carrier"]: row["name"] for row in rows(os.path.join(dags, "fleet/landing/airlines.csv"))}
        self.airports = {row["faa"] for row in rows(os.path.join(dags, "airports/landing/airports.csv"))}

    def departures(self, among=None):
        """For each carrier: scheduled, cancelled, and the mean delay of those that left."""
        scheduled, cancelled, delays = collections.Counter(), collections.Counter(), collections.defaultdict(list)
        for flight in self.flights if among is None else among:
            scheduled[flight["carrier"]] += 1
            if number(flight["dep_time"]) is None:
                cancelled[flight["carrier"]] += 1
            if number(flight["dep_delay"]) is not None:
                delays[flight["carrier"]].append(number(flight["dep_delay"]))
        return {carrier: (scheduled[carrier], cancelled[carrier], mean(delays[carrier])) for carrier in scheduled}

    def by_weather(self, windy_kmh=30):
        """For each kind of weather: scheduled flights and the mean delay."""
        hours = {(row["origin"], row["time_hour"]): row for row in self.weather}
        scheduled, delays = collections.Counter(), collections.defaultdict(list)
        for flight in self.flights:
            kind = weather_kind(hours.get((flight["origin"], flight["time_hour"])), windy_kmh)
            scheduled[kind] += 1
            if number(flight["dep_delay"]) is not None:
                delays[kind].append(number(flight["dep_delay"]))
        return {kind: (scheduled[kind], sum(delays[kind])) for kind in scheduled}

    def with_weather(self):
        """How many flights have an observation of their hour."""
        hours = {(row["origin"], row["time_hour"]) for row in self.weather}
        return sum((flight["origin"], flight["time_hour"]) in hours for flight in self.flights)

    def with_plane(self):
        return sum(flight["tailnum"] in self.planes for flight in self.flights)

    def weeks(self):
        """For each ISO week that lies wholly in January: its flights."""
        found = collections.defaultdict(list)
        for flight in self.flights:
            year, week, _ = datetime.date.fromisoformat(flight["day"]).isocalendar()
            found[f"{year}-W{week:02}"].append(flight)
        return {week: flights for week, flights in found.items() if len({f["day"] for f in flights}) == 7}

    def very_late(self, minutes=240):
        return collections.Counter(
            flight["day"] for flight in self.flights if (number(flight["dep_delay"]) or 0) >= minutes)


def mean(values):
    return sum(values) / len(values) if values else None


def weather_kind(row, windy_kmh):
    if row is None or number(row["wind_speed"]) is None:
        return "unknown"
    if (number(row["precip"]) or 0) * 25.4 >= 0.005:
        return "wet"
    if number(row["visib"]) * 1.609344 < 8:
        return "low visibility"
    return "windy" if round(number(row["wind_speed"]) * 1.609344, 2) >= windy_kmh else "fair"
