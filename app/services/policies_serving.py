"""What evaluations and policies are held against: the model, features and lists in service."""

from app.core.governance import Against, PolicyDocument, document_of
from app.services.models import Models


class ModelsInService:
    """The digests of what serves, and the baseline policy of its bundle."""

    def __init__(self, models: Models) -> None:
        self._models = models

    def against(self) -> Against:
        """Return the digests of model, feature schema and lists; ModelUnavailable without one."""
        serving = self._models.serving
        bundle = serving.bundle
        return Against(bundle.digest, bundle.schema.digest, serving.reference.digest)

    def baseline(self) -> PolicyDocument:
        """Return the bundle's own policy; ModelUnavailable without one."""
        return document_of(self._models.serving.policy)
