"""What an item should be: plain dictionaries that requests change one after the other."""

from dataclasses import dataclass, field


@dataclass
class ItemModel:
    """An item; without views, it does not exist."""

    views: dict = field(default_factory=dict)
    attributes: dict = field(default_factory=dict)

    def replace(self, views, attributes):
        """Apply a PUT."""
        self.views, self.attributes = dict(views), dict(attributes)

    def upload(self, views, attributes):
        """Apply an upload of images, or of attributes alone."""
        self.views |= views
        self.set_attributes(attributes)

    def set_attributes(self, attributes):
        """Apply a PATCH; None removes an attribute."""
        merged = self.attributes | attributes
        self.attributes = {name: value for name, value in merged.items() if value is not None}

    def delete(self):
        """Apply a DELETE."""
        self.replace({}, {})

    def content(self):
        """The views and attributes, or None if the item does not exist."""
        return (self.views, self.attributes) if self.views else None
