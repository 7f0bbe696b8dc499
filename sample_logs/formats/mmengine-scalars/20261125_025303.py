optim_wrapper = dict(optimizer=dict(lr=0.03, type='Adam'), type='OptimWrapper')
train_cfg = dict(by_epoch=True, max_epochs=50)
train_dataloader = dict(
    batch_size=50, sampler=dict(shuffle=False, type='DefaultSampler'))
