import os

from glance.common.wsgi_app import init_app

if os.environ['IMGDL_TEST_STORE_SEEKS'] == '0':
    # What the drivers of Ceph RBD, Swift, S3 and VMware declare: no random access.
    from glance_store import capabilities
    from glance_store._drivers import filesystem

    filesystem.Store._CAPABILITIES = capabilities.BitMasks.RW_ACCESS
application = init_app()
